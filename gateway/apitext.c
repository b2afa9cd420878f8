/* apitext.c - what the server API answers, as JSON; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/apitext.h"

#include <stdio.h>

#include "gateway/api_order.h"
#include "gateway/dialect_call.h"
#include "gateway/dialect_state.h"
#include "gateway/dialect_write.h"
#include "proto/counters.h"
#include "proto/figureset.h"
#include "proto/version.h"

static void begin(struct buf *out)
{
	json_begin(out, '{');
	json_key(out, "result");
	json_begin(out, '{');
}

static void end(struct buf *out)
{
	json_end(out, '}');
	json_end(out, '}');
}

/* null: there is none */
static void put_text(struct buf *out, const char *key, struct slice text)
{
	if (text.len)
		json_add_string(out, key, text);
	else
		json_add_null(out, key);
}

static void put_epoch(struct buf *out, uint64_t epoch)
{
	if (epoch)
		json_add_hex(out, "epoch", epoch);
	else
		json_add_null(out, "epoch");
}

void apitext_done(struct buf *out, enum api_method method, const struct msg_api_done *done)
{
	begin(out);
	if (method == API_METHOD_PUBLISH && done->offset) {
		json_add_u64(out, "offset", done->offset);
		put_epoch(out, done->epoch);
	}
	if (method == API_METHOD_JOIN || method == API_METHOD_LEAVE ||
		method == API_METHOD_DISCONNECT)
		json_add_u64(out, "connections", done->count);
	end(out);
}

static uint64_t number_of_room(const struct msg_roominfo *room, enum api_order order)
{
	switch (order) {
	case ORDER_MEMBERS:
		return room->count;
	case ORDER_PEOPLE:
		return room->users;
	case ORDER_OFFSET:
		return room->offset;
	case ORDER_RATE:
		return room->rate;
	default:
		return 0;
	}
}

void apitext_rooms(struct buf *out, const struct msg_api_rooms *rooms, enum api_order order)
{
	struct msg_list list = rooms->rooms;
	struct msg_roominfo room = { .count = 0 };

	begin(out);
	json_key(out, "rooms");
	json_begin(out, '[');
	while (msg_next_roominfo(&list, &room)) {
		json_comma(out);
		json_begin(out, '{');
		json_add_string(out, "name", room.name);
		json_add_u64(out, "connections", room.count);
		json_add_u64(out, "users", room.users);
		json_add_u64(out, "offset", room.offset);
		put_epoch(out, room.epoch);
		json_add_u64(out, "kept", room.kept);
		json_add_double(out, "rate", (double)room.rate / 1000, 1);
		json_end(out, '}');
	}
	json_end(out, ']');
	json_add_u64(out, "total", rooms->total);
	if (rooms->more)
		api_after_put(out, order, number_of_room(&room, order), 0, room.name);
	else
		json_add_null(out, "next");
	end(out);
}

/* Those of one connection are together, and in the order of connections. */
static void put_rooms(struct buf *out, uint64_t serial, struct msg_list *rooms)
{
	struct msg_list ahead = *rooms;
	struct msg_inroom in;

	json_key(out, "rooms");
	json_begin(out, '[');
	while (msg_next_inroom(&ahead, &in) && in.serial == serial) {
		json_comma(out);
		json_put_string(out, in.room);
		*rooms = ahead;
	}
	json_end(out, ']');
}

static void put_next(struct buf *out, bool more, uint64_t serial)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)serial);
	put_text(out, "next", more ? slice_of(text) : SLICE(""));
}

static void put_dialect(struct buf *out, unsigned dialect)
{
	json_add_string(out, "dialect",
		slice_of(dialect < DIALECT_MAX ? dialect_get((enum dialect_id)dialect)->name
					       : "unknown"));
}

static void put_who(struct buf *out, const struct msg_conninfo *conn)
{
	json_add_string(out, "id", conn->id);
	json_add_string(out, "nickname", conn->nickname);
	write_user(out, conn->user);
}

/* What they are is in the gateways: nothing, if that of this one has not said so. */
static void put_figures(struct buf *out, const struct msg_figure *figure)
{
	if (!figure)
		return;
	json_add_u64(out, "sent", figure->sent);
	json_add_u64(out, "sent_bytes", figure->sent_bytes);
	json_add_u64(out, "received", figure->received);
	json_add_u64(out, "received_bytes", figure->received_bytes);
	json_add_u64(out, "queued", figure->queued);
}

static uint64_t number_of_conn(
	const struct msg_conninfo *conn, enum api_order order, const struct figureset *figures)
{
	if (order == ORDER_ROOMS)
		return conn->rooms;
	return figureset_number(figures, conn->serial, order);
}

static struct slice text_of_conn(const struct msg_conninfo *conn, enum api_order order)
{
	switch (order) {
	case ORDER_ID:
		return conn->id;
	case ORDER_NICKNAME:
		return conn->nickname;
	case ORDER_USER:
		return conn->user;
	case ORDER_ADDRESS:
		return conn->address;
	default:
		return (struct slice){ NULL, 0 };
	}
}

void apitext_connections(struct buf *out, const struct msg_api_connections *page,
	enum api_order order, const struct figureset *figures)
{
	struct msg_list list = page->connections, rooms = page->rooms;
	struct msg_conninfo conn = { .serial = 0 };

	begin(out);
	json_key(out, "connections");
	json_begin(out, '[');
	while (msg_next_conninfo(&list, &conn)) {
		json_comma(out);
		json_begin(out, '{');
		put_who(out, &conn);
		put_text(out, "address", conn.address);
		put_dialect(out, conn.dialect);
		put_rooms(out, conn.serial, &rooms);
		json_add_u64(out, "since", conn.since);
		json_add_bool(out, "here", conn.here);
		put_figures(out, figureset_find(figures, conn.serial));
		json_end(out, '}');
	}
	json_end(out, ']');
	json_add_u64(out, "total", page->total);
	if (page->more)
		api_after_put(out, order, number_of_conn(&conn, order, figures), conn.serial,
			text_of_conn(&conn, order));
	else
		json_add_null(out, "next");
	end(out);
}

static void put_closed(struct buf *out, const struct msg_closeinfo *info)
{
	static const char *const enders[ENDERS] = {
		[ENDER_CLIENT] = "client", [ENDER_SERVER] = "server", [ENDER_GONE] = "gone"
	};

	json_begin(out, '{');
	put_text(out, "id", info->id);
	put_text(out, "nickname", info->nickname);
	write_user(out, info->user);
	put_text(out, "address", info->address);
	put_dialect(out, info->dialect);
	json_add_string(out, "gateway", info->gateway);
	json_add_u64(out, "since", info->since);
	json_add_u64(out, "at", info->at);
	json_add_u64(out, "lived", info->at > info->since ? info->at - info->since : 0);
	json_add_string(out, "by", slice_of(info->by < ENDERS ? enders[info->by] : "unknown"));
	json_add_u64(out, "code", info->code);
	put_text(out, "reason", info->text);
	json_add_u64(out, "queued", info->queued);
	json_add_u64(out, "rooms", info->rooms);
	json_end(out, '}');
}

void apitext_closed(struct buf *out, const struct msg_api_closed *page)
{
	struct msg_list list = page->closed;
	struct msg_closeinfo info = { .serial = 0 };

	begin(out);
	json_key(out, "closed");
	json_begin(out, '[');
	while (msg_next_closeinfo(&list, &info)) {
		json_comma(out);
		put_closed(out, &info);
	}
	json_end(out, ']');
	json_add_u64(out, "total", page->total);
	json_add_u64(out, "forgotten", page->forgotten);
	put_next(out, page->more, info.serial);
	end(out);
}

void apitext_presence(struct buf *out, const struct msg_api_connections *page)
{
	struct msg_list list = page->connections;
	struct msg_conninfo conn = { .serial = 0 };

	begin(out);
	json_key(out, "members");
	json_begin(out, '[');
	while (msg_next_conninfo(&list, &conn)) {
		json_comma(out);
		json_begin(out, '{');
		put_who(out, &conn);
		json_end(out, '}');
	}
	json_end(out, ']');
	json_add_u64(out, "count", page->count);
	json_add_u64(out, "users", page->users);
	put_next(out, page->more, conn.serial);
	end(out);
}

/* Each as a client of the room dialect has got it, and when. */
void apitext_history(struct buf *out, const struct msg_api_history *history)
{
	struct msg_list messages = history->messages;
	struct msg_kept kept;
	struct event event;

	begin(out);
	put_epoch(out, history->epoch);
	json_add_u64(out, "offset", history->offset);
	json_key(out, "messages");
	json_begin(out, '[');
	while (msg_next_kept(&messages, &kept)) {
		if (!dialect_kept(&kept, SLICE(""), history->epoch, &event))
			continue;
		json_comma(out);
		json_begin(out, '{');
		json_add_u64(out, "time", kept.time);
		json_key(out, "message");
		(void)dialect_room.event(out, &event);
		json_end(out, '}');
	}
	json_end(out, ']');
	end(out);
}

void apitext_entries(struct buf *out, const struct msg_api_entries *entries)
{
	begin(out);
	json_add_u64(out, "rev", entries->rev);
	json_add_u64(out, "offset", entries->offset);
	put_epoch(out, entries->epoch);
	write_entries(out, "entries", entries->entries);
	end(out);
}

static void write_gateways(struct buf *out, struct msg_list gateways)
{
	struct msg_gatewayinfo info;

	json_key(out, "gateways");
	json_begin(out, '[');
	while (msg_next_gatewayinfo(&gateways, &info)) {
		json_comma(out);
		json_begin(out, '{');
		json_add_string(out, "name", info.name);
		json_add_bool(out, "linked", info.linked);
		json_add_u64(out, "connections", info.connections);
		json_end(out, '}');
	}
	json_end(out, ']');
}

static void write_handlers(struct buf *out, struct msg_list handlers)
{
	struct msg_handlerinfo info;

	json_key(out, "handlers");
	json_begin(out, '[');
	while (msg_next_handlerinfo(&handlers, &info)) {
		json_comma(out);
		json_begin(out, '{');
		json_add_string(out, "name", info.name);
		json_add_bool(out, "linked", info.linked);
		json_add_u64(out, "waiting", info.waiting);
		json_add_u64(out, "waiting_bytes", info.bytes);
		json_end(out, '}');
	}
	json_end(out, ']');
}

void apitext_status(struct buf *out, const struct msg_api_status *status, struct slice gateway)
{
	struct msg_list counts = status->counts;
	struct msg_count count;

	begin(out);
	json_add_string(out, "version", slice_of(ATRIUM_VERSION));
	json_add_string(out, "answered_by", gateway);
	put_epoch(out, status->epoch);
	json_add_u64(out, "time", status->time);
	json_add_bool(out, "journal_failing", status->failing);
	write_gateways(out, status->gateways);
	write_handlers(out, status->handlers);
	json_key(out, "counters");
	json_begin(out, '{');
	while (msg_next_count(&counts, &count))
		if (counter_row(count.counter))
			json_add_u64(out, counter_row(count.counter)->name, count.value);
	json_end(out, '}');
	end(out);
}

static int status_of(enum error error)
{
	switch (error) {
	case ERROR_NO_SUCH_TARGET:
	case ERROR_NOT_IN_ROOM:
		return 404;
	case ERROR_FORBIDDEN:
		return 403;
	case ERROR_TOO_MANY_ROOMS:
	case ERROR_ROOM_FULL:
	case ERROR_CONFLICT:
	case ERROR_STATE_FULL:
		return 409;
	case ERROR_RATE:
		return 429;
	case ERROR_REFUSED:
		return 422;
	case ERROR_UNAVAILABLE:
	case ERROR_NO_HANDLER:
		return 503;
	case ERROR_HANDLER_TIMEOUT:
		return 504;
	default:
		return 400;
	}
}

int apitext_error(struct buf *out, enum error error)
{
	const struct error_row *row = error_row(error);
	struct api_fault fault = { .code = row->code, .why = row->text };

	api_put_fault(out, &fault);
	return status_of((unsigned)error < ERROR_MAX ? error : ERROR_UNAVAILABLE);
}

/* A handler's own words, or its answer; the hub has looked whether it may be told. */
int apitext_result(struct buf *out, const struct msg_api_result *result)
{
	const struct error_row *row = error_row(ERROR_REFUSED);
	bool refused = result->code.len > 0;

	json_begin(out, '{');
	json_key(out, refused ? "error" : "result");
	json_begin(out, '{');
	if (refused) {
		json_add_string(out, "code", result->code);
		json_add_string(
			out, "message", result->text.len ? result->text : slice_of(row->text));
	} else {
		write_result(out, &(struct msg_result){ .body = result->body });
	}
	json_end(out, '}');
	json_end(out, '}');
	return refused ? status_of(ERROR_REFUSED) : 200;
}

int apitext_stated(struct buf *out, const struct msg_api_state_done *done)
{
	const struct error_row *row = error_row(ERROR_CONFLICT);

	if (done->error == ERROR_NONE) {
		begin(out);
		json_add_u64(out, "rev", done->rev);
		end(out);
		return 200;
	}
	if (done->error != ERROR_CONFLICT)
		return apitext_error(out, (enum error)done->error);
	json_begin(out, '{');
	json_key(out, "error");
	json_begin(out, '{');
	json_add_string(out, "code", slice_of(row->code));
	json_add_string(out, "message", slice_of(row->text));
	json_add_u64(out, "rev", done->rev);
	write_entries(out, "current", done->current);
	json_end(out, '}');
	json_end(out, '}');
	return status_of(ERROR_CONFLICT);
}

int apitext_revoke_done(struct buf *out, const struct msg_revoke_done *done)
{
	static const struct {
		int status;
		struct api_fault fault;
	} rows[] = {
		[REVOKE_DENIED] = { 403,
			{ .code = "forbidden", .why = "this is for administrators only" } },
		[REVOKE_BAD] = { 400,
			{ .code = "bad_params",
				.why = "a jti or a user of 1 to 128 bytes is wanted" } },
		[REVOKE_FULL] = { 409,
			{ .code = "revocations_full",
				.why = "there are as many revocations as [auth] max_revocations allows" } },
		[REVOKE_FAILED] = { 503,
			{ .code = "unavailable",
				.why = "it could not be kept, and is not in force; try again" } },
	};
	unsigned result = done->result <= REVOKE_FAILED ? done->result : REVOKE_FAILED;

	if (result != REVOKE_OK) {
		api_put_fault(out, &rows[result].fault);
		return rows[result].status;
	}
	begin(out);
	json_add_u64(out, "gateways", done->gateways);
	json_add_bool(out, "kept", done->kept);
	end(out);
	return 200;
}
