/* body.h - what an endpoint is sent: ids, and the JSON of events and of several in one request */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_BODY_H
#define WEBHOOK_BODY_H

#include "proto/msg.h"
#include "webhook/conf.h"

/* What names an event for good, however often it is sent. */
struct body_id {
	uint64_t seq; /* the hub's number of it */
	uint64_t stamp; /* ms since 1970 when it happened: numbers begin anew, times do not */
	bool of_room; /* one number tells of a connection and of its room */
};

/* Appends NAME-SEQ-STAMP, and `-room` if it is that one of the two. */
void body_put_id(struct buf *out, const char *endpoint, const struct body_id *id);

/* Appends an event. `came`: of a connection that came or went (the messages are alike). */
void body_put_people(struct buf *out, const char *endpoint, const struct body_id *id,
	enum webhook_event event, const struct msg_came *came);
void body_put_said(struct buf *out, const char *endpoint, const struct body_id *id,
	const struct msg_said *said);
void body_put_missed(
	struct buf *out, const char *endpoint, const struct body_id *id, uint64_t count);

#endif
