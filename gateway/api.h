/* api.h - the server API: who may use it, what is asked of the hub, and when it is answered */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_H
#define GATEWAY_API_H

#include "gateway/gateway.h"
#include "gateway/http_post.h"

struct api *api_new(struct gateway *gateway);
void api_free(struct api *api); /* takes NULL; no request is left */

/*
 * What http_post.c does with a request: begin, when its path has been read (REFUSAL_NO_METHOD and
 * the like: there is no request then); admit, when its head is good: then the post is read or
 * refused; body, when that is there: then the post is answered, perhaps at once.
 */
struct api_exchange;
enum refusal api_begin(
	struct gateway *gateway, struct post *post, struct api_exchange **ret_request);
void api_admit(struct api_exchange *request);
void api_body(struct api_exchange *request, struct slice body);
void api_cancel(struct api_exchange *request); /* no one wants the answer; takes NULL */

/* For the handlers. */
void api_on_done(struct api *api, const struct msg_api_done *done);
void api_on_rooms(struct api *api, const struct msg_api_rooms *rooms);
void api_on_connections(struct api *api, const struct msg_api_connections *connections);
void api_on_closed(struct api *api, const struct msg_api_closed *closed);
void api_on_figures(struct api *api, const struct msg_api_figures *figures);
void api_on_history(struct api *api, const struct msg_api_history *history);
void api_on_state_done(struct api *api, const struct msg_api_state_done *what);
void api_on_entries(struct api *api, const struct msg_api_entries *entries);
void api_on_revoke_done(struct api *api, const struct msg_revoke_done *done);
void api_on_status(struct api *api, const struct msg_api_status *status);

#endif
