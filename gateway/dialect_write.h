/* dialect_write.h - what the two JSON dialects write alike */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DIALECT_WRITE_H
#define GATEWAY_DIALECT_WRITE_H

#include "gateway/dialect.h"
#include "proto/json.h"

void write_unless_empty(struct buf *out, const char *key, struct slice text);
void write_user(struct buf *out, struct slice user); /* null: not signed in */
void write_expires(struct buf *out, int64_t expires); /* null: never */
/* lists of struct msg_member: objects, or their nicknames alone */
void write_members(struct buf *out, const char *key, struct msg_list members);
void write_nicknames(struct buf *out, const char *key, struct msg_list members);
void write_rooms(struct buf *out, const char *key, struct msg_list rooms);
/* `messages`: what a room has kept, each as the dialect writes an event. */
void write_kept(struct buf *out, const struct msg_historylist *history,
	enum said (*event)(struct buf *out, const struct event *event));
/* The body as members: an application's own, or `content` with what a raw frame held. */
void write_content(struct buf *out, const struct event *event);

/* `code` and `content`; of a refusal in a handler's words, if it has some. */
void write_error(struct buf *out, const struct error_row *row);
void write_refusal(struct buf *out, const struct msg_refusal *refusal);

void write_tapping(struct buf *out, const struct msg_tapping *tapping);
/* Format and kind are known. */
void write_tapped(struct buf *out, const struct msg_tapped *tapped, const struct dialect *dialect);

#endif
