/* link.h - the sockets between processes: who is there, batches, back-pressure */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_LINK_H
#define PROTO_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/base/loop.h"
#include "proto/dispatch.h"
#include "proto/msg.h"

/*
 * A link is one row of links.def: bound by one process (the server), connected to by others
 * (clients). All that a turn sends to a peer travels as one ZeroMQ message, at the turn's end:
 * the version of its row, the sender's epoch, then messages. Nothing here blocks.
 *
 * A client says HELLO when it has connected and again after each break; the server's owner
 * answers with link_welcome(), at once or when it is ready; then the link is up. Before that
 * link_send() refuses. What was sent when a link breaks may be lost: whoever cares numbers its
 * messages, and sends again after the next WELCOME.
 *
 * A peer that sends what cannot be decoded, what its process may not send, or another version, is
 * logged and dropped; a client starts over after a pause.
 */
enum link_id {
#define LINK(NAME, file, server, pattern, version, why) LINK_##NAME,
#include "proto/links.def"
#undef LINK
	LINK_MAX,
};

struct link;

/* Who is at the other end. On the client's side there is one for the link's whole life. */
struct link_peer;

struct link_ops {
	/* Server: a process has said HELLO; again with the same peer when it has reconnected. */
	void (*on_hello)(void *self, struct link_peer *peer, const struct msg_hello *hello);
	/*
	 * Client: the link is up. peer's epoch tells whether it is the same server process as
	 * before.
	 */
	void (*on_up)(void *self, struct link_peer *peer, const struct msg_welcome *welcome);
	/* The connection is gone. Server: the peer is freed after the call. */
	void (*on_down)(void *self, struct link_peer *peer);
	/* All messages of one ZeroMQ message have been handed out. */
	void (*on_batch_end)(void *self, struct link_peer *peer);
	/* A link_send() had to say -EAGAIN; now there is room again. */
	void (*on_room)(void *self, struct link_peer *peer);
};

struct link_options {
	enum link_id id;
	struct loop *loop;
	const char *directory; /* of the sockets */
	enum process process; /* who we are */
	const char *name; /* "gateway-1" */
	uint64_t epoch; /* random, for the life of this process */
	const struct dispatch *dispatch; /* of messages that come in; NULL: none may */
	const struct link_ops *ops; /* any member may be NULL */
	void *self; /* for dispatch and ops */
	mode_t mode; /* of the file of a socket that is bound here; 0: as the umask gives */
	gid_t group; /* likewise; 0: as the directory gives */
};

/* Who is at the other end of a Unix socket, as the kernel says. */
struct link_credentials {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/*
 * Binds or connects, by links.def. Returns 0 or -errno (-ENAMETOOLONG: the directory's path is too
 * long for a socket).
 */
int link_new(const struct link_options *options, struct link **ret_link);
void link_free(struct link *link); /* sends what is waiting if it can be sent at once; takes NULL */

/*
 * Returns 0: taken, will be sent at the end of the turn; -EAGAIN: the peer's queue is full,
 * on_room() follows; -EHOSTUNREACH: not up. Client: peer NULL.
 */
int link_send(struct link *link, struct link_peer *peer, const struct msg *msg);

/* The same for `count` messages that were encoded before. */
int link_send_encoded(
	struct link *link, struct link_peer *peer, struct slice messages, unsigned count);

/* Sends what waits now, rather than at the end of the turn. */
void link_flush(struct link *link);

/* Server: answers HELLO. `applied` as in WELCOME. */
int link_welcome(struct link *link, struct link_peer *peer, uint64_t applied);

/* Client: what the next HELLO will say. */
void link_set_seen(struct link *link, uint64_t peer_epoch, uint64_t seen);

/* Client: HELLO again, as after a break: the server sends once more what was not acknowledged. */
void link_hello_again(struct link *link);

bool link_is_up(const struct link *link); /* client */
void link_drop(struct link *link, struct link_peer *peer, const char *why); /* logged; see above */
/* Server: the same of one that has done nothing wrong. */
void link_part(struct link *link, struct link_peer *peer, const char *why);

enum process link_peer_process(const struct link_peer *peer);
const char *link_peer_name(const struct link_peer *peer);
uint64_t link_peer_epoch(const struct link_peer *peer);
uint32_t link_peer_pid(const struct link_peer *peer);
/* Server: of the connection that has said HELLO. False: the kernel does not say. */
bool link_peer_credentials(const struct link_peer *peer, struct link_credentials *ret_credentials);
void *link_peer_data(const struct link_peer *peer); /* the owner's, NULL at first */
void link_peer_set_data(struct link_peer *peer, void *data);

#endif
