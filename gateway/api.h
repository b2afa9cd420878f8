/* api.h - the server API: who may use it, what is asked of the hub, and when it is answered */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_H
#define GATEWAY_API_H

#include "gateway/gateway.h"
#include "gateway/http_post.h"

struct api *api_new(struct gateway *gateway);
void api_free(struct api *api); /* takes NULL; no request is left */

extern const struct answerer api_answerer;

/* For the handlers. */
void api_on_done(struct api *api, const struct msg_api_done *done);
void api_on_rooms(struct api *api, const struct msg_api_rooms *rooms);
void api_on_connections(struct api *api, const struct msg_api_connections *connections);
void api_on_closed(struct api *api, const struct msg_api_closed *closed);
void api_on_figures(struct api *api, const struct msg_api_figures *figures);
void api_on_history(struct api *api, const struct msg_api_history *history);
void api_on_state_done(struct api *api, const struct msg_api_state_done *what);
void api_on_result(struct api *api, const struct msg_api_result *result);
void api_on_entries(struct api *api, const struct msg_api_entries *entries);
void api_on_revoke_done(struct api *api, const struct msg_revoke_done *done);
void api_on_status(struct api *api, const struct msg_api_status *status);

#endif
