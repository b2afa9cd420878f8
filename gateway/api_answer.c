/* api_answer.c - what the hub and auth say to requests to the server API */
/* SPDX-License-Identifier: MIT */
#include "gateway/api.h"
#include "gateway/api_internal.h"
#include "gateway/apitext.h"

/* NULL: no one waits for it any more. */
static struct api_item *item_of(const struct api *api, uint64_t number)
{
	struct api_item *item = NULL;

	if (api)
		HASH_FIND(hh, api->asked, &number, sizeof(number), item);
	return item;
}

void api_on_done(struct api *api, const struct msg_api_done *what)
{
	struct api_item *item = item_of(api, what->call);

	if (!item)
		return;
	if (what->error != ERROR_NONE) {
		api_item_done(item, apitext_error(&item->text, (enum error)what->error));
		return;
	}
	apitext_done(&item->text, item->method, what);
	api_item_done(item, 200);
}

void api_on_rooms(struct api *api, const struct msg_api_rooms *rooms)
{
	struct api_item *item = item_of(api, rooms->call);

	if (!item)
		return;
	apitext_rooms(&item->text, rooms, item->order);
	api_item_done(item, 200);
}

static void on_figures(void *arg)
{
	struct api_item *item = arg;
	struct msg_api_connections page;

	figures_page(item->figures, &page);
	apitext_connections(&item->text, &page, item->order, figures_all(item->figures));
	api_item_done(item, 200);
}

void api_on_figures(struct api *api, const struct msg_api_figures *figures)
{
	struct api_item *item = item_of(api, figures->call);

	if (item && item->figures)
		figures_take(item->figures, figures);
}

void api_on_connections(struct api *api, const struct msg_api_connections *connections)
{
	struct api_item *item = item_of(api, connections->call);

	if (!item)
		return;
	if (connections->parts && !item->figures) {
		item->figures = figures_await(api->gateway->wheel, connections, on_figures, item);
		return;
	}
	if (item->method == API_METHOD_PRESENCE)
		apitext_presence(&item->text, connections);
	else
		apitext_connections(&item->text, connections, item->order, NULL);
	api_item_done(item, 200);
}

void api_on_closed(struct api *api, const struct msg_api_closed *closed)
{
	struct api_item *item = item_of(api, closed->call);

	if (!item)
		return;
	apitext_closed(&item->text, closed);
	api_item_done(item, 200);
}

void api_on_history(struct api *api, const struct msg_api_history *history)
{
	struct api_item *item = item_of(api, history->call);

	if (!item)
		return;
	apitext_history(&item->text, history);
	api_item_done(item, 200);
}

void api_on_state_done(struct api *api, const struct msg_api_state_done *what)
{
	struct api_item *item = item_of(api, what->call);

	if (item)
		api_item_done(item, apitext_stated(&item->text, what));
}

void api_on_result(struct api *api, const struct msg_api_result *result)
{
	struct api_item *item = item_of(api, result->call);

	if (item)
		api_item_done(item, apitext_result(&item->text, result));
}

void api_on_entries(struct api *api, const struct msg_api_entries *entries)
{
	struct api_item *item = item_of(api, entries->call);

	if (!item)
		return;
	apitext_entries(&item->text, entries);
	api_item_done(item, 200);
}

void api_on_revoke_done(struct api *api, const struct msg_revoke_done *what)
{
	struct api_item *item = item_of(api, what->id);

	if (item)
		api_item_done(item, apitext_revoke_done(&item->text, what));
}

void api_on_status(struct api *api, const struct msg_api_status *status)
{
	struct api_item *item = item_of(api, status->call);

	if (!item)
		return;
	apitext_status(&item->text, status, slice_of(service_name(api->gateway->service)));
	api_item_done(item, 200);
}
