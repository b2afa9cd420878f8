/* apitext.h - what the server API answers, as JSON; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_APITEXT_H
#define GATEWAY_APITEXT_H

#include "gateway/api_call.h"

/* Each appends `{"result":{…}}`. */
void apitext_done(struct buf *out, enum api_method method, const struct msg_api_done *done);
/* `order`: of the page. */
void apitext_rooms(struct buf *out, const struct msg_api_rooms *rooms, enum api_order order);
struct figureset;
/* `figures`: of its connections; NULL: not asked for. */
void apitext_connections(struct buf *out, const struct msg_api_connections *connections,
	enum api_order order, const struct figureset *figures);
void apitext_presence(struct buf *out, const struct msg_api_connections *connections);
void apitext_closed(struct buf *out, const struct msg_api_closed *closed);
void apitext_history(struct buf *out, const struct msg_api_history *history);
void apitext_entries(struct buf *out, const struct msg_api_entries *entries);
/* `gateway`: the name of the process that answers. */
void apitext_status(struct buf *out, const struct msg_api_status *status, struct slice gateway);

/* A result or an error; returns the HTTP status. */
int apitext_revoke_done(struct buf *out, const struct msg_revoke_done *done);

/* `{"error":{"code":…,"message":…}}`; returns the HTTP status that fits. */
int apitext_error(struct buf *out, enum error error);
/* The result or the error of a change of a state; likewise. */
int apitext_result(struct buf *out, const struct msg_api_result *result);
int apitext_stated(struct buf *out, const struct msg_api_state_done *done);

#endif
