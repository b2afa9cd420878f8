/* api_call.h - a request to the server API taken apart; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_CALL_H
#define GATEWAY_API_CALL_H

#include "gateway/dialect.h"

enum api_method {
#define METHOD(NAME, name, content, needs, may, help) API_METHOD_##NAME,
#include "gateway/api_methods.def"
#undef METHOD
	API_METHODS,
	/* several of them; not in the table, for it is in none itself */
	API_METHOD_BATCH = API_METHODS,
	API_METHOD_NONE,
};

enum {
	API_BATCH_MAX = 100, /* requests */
	API_LIMIT = 100, /* of a page, if it is not said */
	API_LIMIT_MAX = 1000,
	API_TIMEOUT_MAX = 60000, /* ms */
	API_KEYS_MAX = 1000, /* that are asked for at once */
	API_REASON_MAX = 123, /* bytes: what a close frame has room for */
	API_AFTER_MAX = 2 * 20 + 2 + EVENT_NICKNAME_MAX, /* bytes: two numbers and a name */
};

/* All slices are borrowed from the text or from the scratch buffer. */
struct api_command {
	enum api_method method;
	struct slice room; /* empty: not said, as are the others */
	struct slice type, mid, except;
	struct slice command; /* of CALL, as is: */
	uint32_t timeout; /* ms; 0: not said */
	struct slice target; /* as of DIRECT: a connection's id, or user:NAME */
	struct slice user; /* of REVOKE and CONNECTIONS, as is: */
	bool closed; /* those that ended */
	bool figures; /* what they were sent and have sent, too */
	enum api_order order; /* of a page; as is: */
	bool descending;
	struct slice ordered; /* as it was said; empty: it was not */
	bool goes_on; /* behind what stands at `number`, `after`, `since` */
	uint64_t number;
	struct slice jti; /* of REVOKE, as is: */
	int64_t before; /* an offset; of REVOKE s since 1970 */
	struct slice after, match, search;
	struct slice text; /* of a close */
	enum close_reason reason;
	enum event_scope scope; /* of BROADCAST */
	struct slice rooms; /* JSON text, an array of names; of SCOPE_ROOMS */
	struct slice keys, ops,
		checks; /* of STATE, JSON text: an array of names; dialect_state.h */
	struct slice prefix;
	uint64_t since;
	uint32_t limit;
	unsigned flags; /* enum event_flag */
	struct slice body; /* members of a JSON object as they were sent */
	struct slice requests; /* of BATCH: JSON text, an array of objects */
};

/* What is wrong with a request. */
struct api_fault {
	const char *code; /* NULL: nothing */
	struct slice member; /* which is named before: */
	const char *why;
};

struct slice api_method_name(enum api_method method);
enum api_method api_method_named(struct slice name); /* API_METHOD_NONE: no such */
/* The claim `api` is not enough. */
bool api_method_is_admins(enum api_method method);

/*
 * An object (JSON that json_check() has accepted) for this method; of a batch, API_METHOD_NONE:
 * `method` says which. False: ret_fault says why. Slices live until `scratch` is used again.
 */
bool api_call_read(struct slice object, enum api_method method, struct buf *scratch,
	struct api_command *ret_call, struct api_fault *ret_fault);

/* A whole body: JSON of an object. False: ret_fault. An empty one is an empty object. */
bool api_body_check(
	struct slice body, unsigned depth, struct slice *ret_object, struct api_fault *ret_fault);

/* `{"error":{"code":…,"message":…}}` */
void api_put_fault(struct buf *out, const struct api_fault *fault);

#endif
