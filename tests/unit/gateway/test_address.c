/* test_address.c - addresses, nets, and who is behind a proxy */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/address.h"
#include "proto/base/mem.h"

static char *none[] = { NULL };

static struct address parsed(const char *text)
{
	struct address address;

	assert_true(address_parse(slice_of(text), &address));
	return address;
}

static void assert_text(const struct address *address, const char *want)
{
	char text[ADDRESS_TEXT];

	address_text(address, text);
	assert_string_equal(text, want);
}

static void of_four_bytes(void **state)
{
	struct address address = address_v4("\x7f\0\0\x01"), same = parsed("127.0.0.1");

	(void)state;
	assert_text(&address, "127.0.0.1");
	assert_memory_equal(&address, &same, sizeof(same));
}

static void parse(void **state)
{
	static const char *const good[][2] = {
		{ "1.2.3.4", "1.2.3.4" },
		{ "1.2.3.4:80", "1.2.3.4" },
		{ "0.9.10.99", "0.9.10.99" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "100.109.200.255", "100.109.200.255" },
		{ "::1", "::1" },
		{ "[::1]", "::1" },
		{ "[2001:DB8::1]:65535", "2001:db8::1" },
		{ "::ffff:1.2.3.4", "1.2.3.4" },
		{ "2001:db8::1:80", "2001:db8::1:80" },
	};
	static const char *const bad[] = { "", "unknown", "_hidden", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "1.2.3.4:", "1.2.3.4:123456", "1.2.3.4:8a", "[::1", "[::1]x",
		"[::1]:", "[1.2.3.4]", "[]", "::", "fe80::1%eth0", "1.2.3.4 ", "::1]",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct address address = parsed(good[i][0]);

		assert_text(&address, good[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct address address;

		assert_false(address_parse(slice_of(bad[i]), &address));
	}
	assert_false(address_parse(SLICE("1.2.3.4\0"), &(struct address){ { 0 } }));
}

/* No byte after the end is looked at: each prefix is a copy of its own. */
static void parse_prefixes(void **state)
{
	static const char *const texts[] = { "[2001:db8::1]:65535", "192.168.100.200:65535" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		for (size_t n = 0; n <= strlen(texts[i]); n++) {
			_cleanup_(mem_freep) char *copy = mem_realloc(NULL, 1, n ? n : 1);
			struct address address;

			memcpy(copy, texts[i], n);
			(void)address_parse(slice_make(copy, n), &address);
		}
	}
}

static void kinds(void **state)
{
	struct address unknown = { .bytes = { 0 } }, v4 = parsed("127.1.2.3"), v6 = parsed("::1"),
		       far = parsed("8.8.8.8");

	(void)state;
	assert_false(address_is_known(&unknown));
	assert_text(&unknown, "");
	assert_true(address_is_known(&v4) && address_is_v4(&v4) && address_is_loopback(&v4));
	assert_true(!address_is_v4(&v6) && address_is_loopback(&v6));
	assert_false(address_is_loopback(&far));
}

static void counted(void **state)
{
	struct address a = parsed("2001:db8:1:2:3:4:5:6"), b = parsed("1.2.3.4"), c = parsed("::1");

	(void)state;
	a = address_counted(&a);
	b = address_counted(&b);
	c = address_counted(&c);
	assert_text(&a, "2001:db8:1:2::");
	assert_text(&b, "1.2.3.4");
	assert_text(&c, "::1");
}

static bool is_in(const char *address, const char *net)
{
	char *nets[] = { "nonsense", (char *)(uintptr_t)net, NULL };
	struct address it = parsed(address);

	return address_is_in(&it, nets);
}

static void nets(void **state)
{
	static const char *const bad[] = { "", "/", "1.2.3.4/", "1.2.3.4/33", "::1/129", "1.2.3/8",
		"1.2.3.4/-1", "1.2.3.4/8/8", "10/8", "1.2.3.4:80", "::", "1.2.3.4/0008" };

	(void)state;
	assert_true(is_in("10.1.2.3", "10.0.0.0/8"));
	assert_false(is_in("11.1.2.3", "10.0.0.0/8"));
	assert_true(is_in("192.168.7.255", "192.168.6.0/23"));
	assert_false(is_in("192.168.8.0", "192.168.6.0/23"));
	assert_true(is_in("1.2.3.4", "1.2.3.4"));
	assert_false(is_in("1.2.3.5", "1.2.3.4/32"));
	assert_true(is_in("1.2.3.4", "0.0.0.0/0"));
	assert_false(is_in("2001:db8::1", "0.0.0.0/0"));
	assert_true(is_in("2001:db8::1", "2001:db8::/32"));
	assert_true(is_in("1.2.3.4", "::ffff:1.0.0.0/104"));
	assert_false(is_in("2.2.3.4", "::ffff:1.0.0.0/104"));
	assert_true(is_in("1.2.3.4", "::/0"));
	assert_true(is_in("2001:db8::1", "::/0"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(address_net_valid(slice_of(bad[i])));
		assert_false(is_in("1.2.3.4", bad[i]));
	}
}

static void assert_client(
	const char *peer, const char *forwarded, char *const *proxies, const char *want)
{
	struct address from = { .bytes = { 0 } }, client;

	if (*peer)
		from = parsed(peer);
	client = address_of_client(&from, slice_of(forwarded), proxies);
	assert_text(&client, want);
}

static void behind_proxies(void **state)
{
	static char *proxies[] = { "127.0.0.1", "10.0.0.0/8", "2001:db8::/32", NULL };

	(void)state;
	/* who is no proxy says what it likes */
	assert_client("8.8.8.8", "1.1.1.1", proxies, "8.8.8.8");
	assert_client("127.0.0.1", "1.1.1.1", none, "127.0.0.1");
	/* the right-most that is no proxy of ours */
	assert_client("127.0.0.1", "1.1.1.1", proxies, "1.1.1.1");
	assert_client("127.0.0.1", "6.6.6.6, 1.1.1.1", proxies, "1.1.1.1");
	assert_client("127.0.0.1", "6.6.6.6,1.1.1.1 ,10.1.1.1,\t10.2.2.2", proxies, "1.1.1.1");
	assert_client("127.0.0.1", "[2001:db9::1]:1234, [2001:db8::1]", proxies, "2001:db9::1");
	/* all are proxies: the first of them */
	assert_client("127.0.0.1", "10.1.1.1", proxies, "10.1.1.1");
	assert_client("127.0.0.1", "", proxies, "127.0.0.1");
	/* what is left of nonsense is not believed */
	assert_client("127.0.0.1", "1.1.1.1, unknown", proxies, "127.0.0.1");
	assert_client("127.0.0.1", "1.1.1.1, , 10.1.1.1", proxies, "10.1.1.1");
	assert_client("127.0.0.1", "1.1.1.1,", proxies, "127.0.0.1");
	assert_client("127.0.0.1", ",", proxies, "127.0.0.1");
	/* a Unix socket's peer is a proxy */
	assert_client("", "6.6.6.6, 1.1.1.1", none, "1.1.1.1");
	assert_client("", "", none, "");
	assert_client("", "what", none, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_four_bytes),
		cmocka_unit_test(parse),
		cmocka_unit_test(parse_prefixes),
		cmocka_unit_test(kinds),
		cmocka_unit_test(counted),
		cmocka_unit_test(nets),
		cmocka_unit_test(behind_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
