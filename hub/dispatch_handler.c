/* dispatch_handler.c - messages of handlers: who may say what when */
/* SPDX-License-Identifier: MIT */
#include "hub/dispatch_handler.h"

#include "hub/hub.h"

static void not_served(struct hub *hub, struct link_peer *peer)
{
	hub->outlet.drop(hub->outlet.arg, peer, "no handler may say that here");
}

void on_serve(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_handled(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_answer(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ruling(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_publish(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_send(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_broadcast(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_join(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_leave(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_close(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_state(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_state(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_history(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_members(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_connection(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_rooms(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}
