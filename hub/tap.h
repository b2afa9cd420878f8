/* tap.h - all that is said, shown to administrators who asked for it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_TAP_H
#define HUB_TAP_H

#include "proto/base/clock.h"
#include "proto/base/list.h"
#include "proto/close.h"
#include "proto/msg.h"

struct conn;
struct hub;
struct hub_settings;

/*
 * A connection that is shown what goes in. What is over its rate is left out and counted, never
 * kept: a tap costs no memory beyond this. It ends with its connection, and with its client's
 * being an administrator; no journal has it, so gateways ask a new hub for it again.
 */
struct tap {
	struct list link; /* of all */
	struct conn *conn;
	struct slice room, user, type, id; /* patterns, id is none; owned; empty: any */
	struct mono window; /* when the second began of which: */
	uint32_t count; /* messages it was sent, and their bytes */
	uint64_t bytes;
	uint64_t left_out; /* it is still to be told */
};

struct taps {
	struct list all;
	unsigned count; /* 0: nothing else is looked at */
	unsigned max;
	uint32_t rate; /* messages a second of each, and bytes */
	uint64_t bytes;
};

void taps_init(struct taps *taps);
void taps_configure(struct taps *taps, const struct hub_settings *settings);

/* Of who has one, it is replaced. */
enum error tap_begin(struct hub *hub, struct conn *conn, const struct msg_tap *ask);
void tap_end(struct hub *hub, struct conn *conn); /* also of one that has none */
void tap_check(struct hub *hub, struct conn *conn); /* it may be no administrator any more */

/* Something was said or done; `conn` and `time` need not be set. Call it if there are taps. */
void tap_show(struct hub *hub, const struct msg_tapped *what);

/* Tells of what was left out, at most once a second each. */
void tap_step(struct hub *hub);
struct mono tap_deadline(const struct hub *hub);

/* From clients. */
void request_tap(struct hub *hub, struct conn *conn, const struct msg_tap *tap);
void request_untap(struct hub *hub, struct conn *conn, const struct msg_untap *untap);

#endif
