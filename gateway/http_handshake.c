/* http_handshake.c - may this request become a WebSocket, what does it ask for, and the answer */
/* SPDX-License-Identifier: MIT */
#include "gateway/http_handshake.h"

#include <ctype.h>

#include "gateway/api_auth.h"
#include "gateway/clients.h"
#include "gateway/httpval.h"
#include "gateway/memory.h"
#include "gateway/origin.h"
#include "gateway/pathname.h"
#include "gateway/wskey.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum { RESUME_MAX = 64 };

/* 16 bytes in base64. */
static bool is_key(struct slice key)
{
	if (key.len != WSKEY_LEN || !slice_eq(slice_make(key.ptr + WSKEY_LEN - 2, 2), SLICE("==")))
		return false;
	for (size_t i = 0; i < WSKEY_LEN - 2; i++)
		if (!isalnum((unsigned char)key.ptr[i]) && key.ptr[i] != '+' && key.ptr[i] != '/')
			return false;
	return true;
}

static enum refusal check_host(const struct ws_request *request)
{
	struct slice host = request->fields[WS_HOST];

	return (host.len ? origin_host_valid(host) : request->old) ? REFUSAL_NONE : REFUSAL_NO_HOST;
}

static bool has_body(const struct ws_request *request)
{
	return request->fields[WS_CONTENT_LENGTH].len > 0 &&
		!slice_eq(request->fields[WS_CONTENT_LENGTH], SLICE("0"));
}

/* What RFC 6455 section 4.2.1 wants. */
static enum refusal check_form(const struct ws_request *request, struct extensions *ret_extensions)
{
	const struct slice *fields = request->fields;

	if (!request->get)
		return REFUSAL_NOT_GET;
	if (request->old || has_body(request) || !fields[WS_HOST].len)
		return REFUSAL_NO_HANDSHAKE;
	if (!httpval_list_has(fields[WS_CONNECTION], "upgrade"))
		return REFUSAL_NO_HANDSHAKE;
	if (!slice_eq(fields[WS_VERSION], SLICE("13")))
		return REFUSAL_VERSION;
	if (!is_key(fields[WS_KEY]))
		return REFUSAL_NO_HANDSHAKE;
	if (fields[WS_PROTOCOL].len && !httpval_list_has(fields[WS_PROTOCOL], "bearer"))
		return REFUSAL_SUBPROTOCOL;
	if (extensions_read(fields[WS_EXTENSIONS], ret_extensions) < 0)
		return REFUSAL_EXTENSIONS;
	return REFUSAL_NONE;
}

static struct address client_of(const struct gateway *gateway, const struct ws_request *request)
{
	return address_of_client(
		&request->peer, request->fields[WS_FORWARDED_FOR], gateway->conf->trusted_proxies);
}

static bool is_crowded(const struct gateway *gateway, const struct ws_request *request)
{
	int64_t max = gateway->conf->max_per_address;
	struct address address;
	char text[ADDRESS_TEXT];

	if (max == 0)
		return false;
	address = client_of(gateway, request);
	if (addresses_uses(gateway->addresses, &address) < (size_t)max)
		return false;
	address_text(&address, text);
	log_warn("too_many_from_address", "address=%s max=%lld hint=\"%s\"", text, (long long)max,
		address_is_loopback(&address)
			? "a proxy on this machine is to be named in [gateway] trusted_proxies"
			: "[gateway] max_per_address, or trusted_proxies if it is a proxy");
	return true;
}

/* It is a handshake; is it welcome? */
static enum refusal check_limits(struct gateway *gateway, const struct ws_request *request)
{
	if (!origin_allowed(
		    request->fields[WS_ORIGIN], request->fields[WS_HOST], gateway->conf->origins)) {
		counter_add(COUNTER_GATEWAY_REFUSED_ORIGIN, 1);
		return REFUSAL_ORIGIN;
	}
	if (gateway->draining)
		return REFUSAL_STOPPING;
	if (is_crowded(gateway, request)) {
		counter_add(COUNTER_GATEWAY_REFUSED_ADDRESS, 1);
		return REFUSAL_ADDRESS;
	}
	if (gateway->clients->count >= (size_t)gateway->conf->max_connections) {
		counter_add(COUNTER_GATEWAY_REFUSED_LIMIT, 1);
		return REFUSAL_FULL;
	}
	if (memory_is_short(gateway)) {
		counter_add(COUNTER_GATEWAY_REFUSED_MEMORY, 1);
		return REFUSAL_MEMORY;
	}
	return REFUSAL_NONE;
}

enum refusal handshake_check(struct gateway *gateway, const struct ws_request *request,
	struct buf *memory, struct extensions *ret_extensions)
{
	struct extensions extensions = { .deflate_bits = 0 };
	struct route route = route_match(request->path, gateway->websocket);
	enum refusal refusal = check_host(request);

	if (refusal == REFUSAL_NONE && !httpval_list_has(request->fields[WS_UPGRADE], "websocket"))
		refusal = REFUSAL_H2C;
	if (refusal == REFUSAL_NONE && route.kind != ROUTE_WEBSOCKET)
		refusal = REFUSAL_NOT_FOUND;
	if (refusal == REFUSAL_NONE)
		refusal = check_form(request, &extensions);
	if (refusal == REFUSAL_NONE && route.in_path &&
		!event_room_valid(pathname_room(route.room, memory)))
		refusal = REFUSAL_BAD_ROOM;
	if (!gateway->conf->compression)
		extensions = (struct extensions){ .deflate_bits = 0 };
	*ret_extensions = extensions;
	return refusal == REFUSAL_NONE ? check_limits(gateway, request) : refusal;
}

/*
 * The header wins over the subprotocol, that over the query, which ends up in logs of proxies, and
 * all over the cookie.
 */
static struct slice token_of(const struct ws_request *request)
{
	struct slice token = route_bearer(request->fields[WS_AUTHORIZATION]);

	if (token.len == 0)
		token = route_subprotocol_token(request->fields[WS_PROTOCOL]);
	if (token.len == 0)
		token = request->query.token;
	/* The browser adds it, whoever asks; the origin was looked at, and there must be one. */
	if (token.len == 0 && request->fields[WS_ORIGIN].len)
		token = route_cookie_token(request->fields[WS_COOKIE], SLICE(API_COOKIE));
	return token;
}

static struct slice text_of(const struct address *address, struct buf *memory)
{
	char text[ADDRESS_TEXT];
	size_t start = memory->len;

	address_text(address, text);
	buf_put(memory, slice_of(text));
	return slice_make(memory->data + start, memory->len - start);
}

/* Where it goes on in its room: `since` and `rev` are of an epoch, which is of one of them. */
static bool take_place(const struct route_query *query, struct handshake *handshake)
{
	bool since = query->since.len > 0, rev = query->rev.len > 0;

	handshake->recover = since;
	if (slice_eq(query->state, SLICE("1")))
		handshake->state = rev ? STATE_SINCE : STATE_ALL;
	if (!since && !rev && query->epoch.len == 0)
		return true;
	return (since || rev) && (!since || event_offset_parse(query->since, &handshake->since)) &&
		(!rev || event_offset_parse(query->rev, &handshake->rev)) &&
		event_epoch_parse(query->epoch, &handshake->epoch);
}

static bool is_valid(const struct gateway *gateway, const struct handshake *handshake)
{
	if (handshake->id.len && !event_id_valid(handshake->id))
		return false;
	if (handshake->nickname.len &&
		!event_nickname_valid(handshake->nickname, (size_t)gateway->conf->max_nickname))
		return false;
	if (handshake->room.len && !event_room_valid(handshake->room))
		return false;
	return handshake->resume.len <= RESUME_MAX;
}

bool handshake_read(const struct gateway *gateway, const struct ws_request *request,
	struct buf *memory, struct handshake *ret_handshake)
{
	const struct route_query *query = &request->query;
	struct route route = route_match(request->path, true);
	struct handshake handshake = {
		.dialect = dialect_get(route.dialect),
		.id = query->id,
		.nickname = query->nickname,
		.room = route.in_path ? pathname_room(route.room, memory) : query->room,
		.resume = query->resume,
		.token = token_of(request),
		.from = client_of(gateway, request),
		.quiet = route.dialect == DIALECT_RAW && slice_eq(query->echo, SLICE("0")),
	};
	bool valid = take_place(query, &handshake) && is_valid(gateway, &handshake);

	if (handshake.dialect->bare)
		handshake.state = STATE_NONE;
	handshake.address = text_of(&handshake.from, memory);
	*ret_handshake = handshake;
	return valid;
}

void handshake_answer(struct gateway *gateway, const struct ws_request *request,
	const struct extensions *extensions, struct buf *out)
{
	buf_put(out,
		SLICE("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		      "Connection: Upgrade\r\nSec-WebSocket-Accept: "));
	wskey_accept(gateway->wskey, request->fields[WS_KEY], out);
	if (request->fields[WS_PROTOCOL].len)
		buf_put(out, SLICE("\r\nSec-WebSocket-Protocol: bearer"));
	if (extensions->deflate_bits) {
		buf_put(out, SLICE("\r\nSec-WebSocket-Extensions: "));
		extensions_answer(extensions, out);
	}
	buf_put(out, SLICE("\r\n\r\n"));
}
