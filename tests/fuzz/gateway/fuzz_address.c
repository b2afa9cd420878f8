/* fuzz_address.c - addresses, nets, X-Forwarded-For: no one but a proxy is believed */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/address.h"
#include "proto/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct address *a, const struct address *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void addresses(struct slice text)
{
	struct address address, again;
	char printed[ADDRESS_TEXT];

	if (!address_parse(text, &address))
		return;
	assert(address_is_known(&address));
	address_text(&address, printed);
	assert(address_parse(slice_of(printed), &again) && same(&address, &again));
	again = address_counted(&address);
	address = address_counted(&again);
	assert(same(&again, &address));
}

static void nets(struct slice text)
{
	_cleanup_(mem_freep) char *copy = slice_dup(text);
	char *list[] = { copy, NULL };
	struct address address;

	if (!memchr(copy, '/', strlen(copy)) && address_net_valid(slice_of(copy))) {
		assert(address_parse(slice_of(copy), &address));
		assert(address_is_in(&address, list));
	}
}

static void forwarded(struct slice text)
{
	static char *none[] = { NULL }, *all[] = { "::/0", NULL }, *one[] = { "10.0.0.1", NULL };
	struct address proxy, other, unknown = { .bytes = { 0 } }, client;
	_cleanup_(buf_done) struct buf longer = { .cap = 0 };

	assert(address_parse(SLICE("10.0.0.1"), &proxy) && address_parse(SLICE("8.8.8.8"), &other));
	client = address_of_client(&other, text, none);
	assert(same(&client, &other));
	client = address_of_client(&other, text, one);
	assert(same(&client, &other));
	(void)address_of_client(&unknown, text, none);
	(void)address_of_client(&proxy, text, all);
	/* whatever a client says of itself, what the proxy adds counts */
	buf_put(&longer, text);
	buf_put(&longer, SLICE(", 8.8.8.8"));
	client = address_of_client(&proxy, buf_slice(&longer), one);
	assert(same(&client, &other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);

	addresses(text);
	nets(text);
	forwarded(text);
	return 0;
}
