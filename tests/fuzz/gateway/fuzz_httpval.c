/* fuzz_httpval.c - values of headers, queries and origins: nothing is read past its end */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/httpval.h"
#include "gateway/origin.h"
#include "gateway/route.h"
#include "proto/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_in(struct slice part, struct slice whole)
{
	return part.len == 0 ||
		(part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void dates(struct slice text)
{
	char again[HTTPVAL_DATE_SIZE];
	time_t when;

	if (!httpval_date_parse(text, &when))
		return;
	httpval_date(when, again);
	assert(slice_eq(text, slice_of(again)));
}

static void routes(struct slice text)
{
	struct route_query query = { .id = { NULL, 0 } };
	struct route route = route_match(text, true);

	/* no part of a file's name leads up, or to what is hidden */
	assert(route.kind != ROUTE_FILE || (route.file.len && route.file.ptr[0] != '.'));
	if (route.kind == ROUTE_FILE)
		assert(!memmem(route.file.ptr, route.file.len, "/.", 2) &&
			!memmem(route.file.ptr, route.file.len, "//", 2) &&
			!memchr(route.file.ptr, '\0', route.file.len));
	route_query_add(&query, text);
	assert(is_in(query.id, text) && is_in(query.nickname, text) && is_in(query.room, text) &&
		is_in(query.token, text) && is_in(query.resume, text));
	assert(is_in(route_bearer(text), text) && is_in(route_subprotocol_token(text), text));
}

static void origins(struct slice text)
{
	static char *none[] = { NULL }, *any[] = { "*", NULL }, *one[] = { "https://a.b:8", NULL };
	struct slice host = SLICE("a.b:8");

	assert(origin_allowed(text, host, any));
	if (text.len && origin_allowed(text, host, one))
		assert(text.len == strlen(one[0]));
	/* a page may always come back to the host that it was served from */
	if (origin_host_valid(text) && text.len < 1000) {
		_cleanup_(buf_done) struct buf origin = { .cap = 0 };

		buf_put(&origin, SLICE("http://"));
		buf_put(&origin, text);
		assert(origin_allowed(buf_slice(&origin), text, none));
	}
	(void)origin_allowed(text, host, none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	uint64_t length;

	(void)httpval_list_has(text, "upgrade");
	(void)httpval_none_match(text, SLICE("W/\"a\""));
	(void)httpval_accepts(text, "gzip");
	if (httpval_length(text, &length))
		assert(size <= 18);
	dates(text);
	routes(text);
	origins(text);
	return 0;
}
