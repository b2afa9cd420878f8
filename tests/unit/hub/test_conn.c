/* test_conn.c - finding connections, resume keys, users, moving */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

/* Only its list of connections is used. */
static struct gateway first, second;

static void begin(struct conns *conns)
{
	list_init(&first.conns);
	list_init(&second.conns);
	conns_init(conns);
}

static void free_all(struct conns *conns, struct gateway *gateway)
{
	while (!list_empty(&gateway->conns))
		conn_free(conns, LIST_ENTRY(gateway->conns.next, struct conn, by_gateway));
}

static void end(struct conns *conns)
{
	free_all(conns, &first);
	free_all(conns, &second);
	conns_done(conns);
}

static void test_find(void **state)
{
	struct conns conns;
	struct conn *ann, *bob;

	(void)state;
	begin(&conns);
	ann = conn_new(&conns, &first, 1, SLICE("ann"), FAKE_KEY_A);
	bob = conn_new(&conns, &second, 1, SLICE("bob"), FAKE_KEY_B);
	conn_new_closing(&conns, &first, 2, 0);
	assert_ptr_equal(conn_find(&conns, &first, 1), ann);
	assert_ptr_equal(conn_find(&conns, &second, 1), bob);
	assert_null(conn_find(&conns, &second, 2));
	assert_int_equal(conn_find(&conns, &first, 2)->state, CONN_CLOSING);
	assert_ptr_equal(conn_by_id(&conns, SLICE("bob")), bob);
	assert_null(conn_by_id(&conns, SLICE("bo")));
	assert_null(conn_by_id(&conns, SLICE("")));
	assert_true(ann->serial != bob->serial);
	conn_free(&conns, ann);
	assert_null(conn_by_id(&conns, SLICE("ann")));
	end(&conns);
}

static void test_resume_key(void **state)
{
	struct conns conns;
	struct conn *ann;
	char key[] = FAKE_KEY_A;

	(void)state;
	begin(&conns);
	ann = conn_new(&conns, &first, 1, SLICE("ann"), FAKE_KEY_A);
	assert_true(conn_resume_matches(ann, slice_of(key)));
	assert_false(conn_resume_matches(ann, SLICE("")));
	assert_false(conn_resume_matches(ann, slice_make(key, CONN_RESUME_LEN - 1)));
	assert_false(conn_resume_matches(ann, SLICE(FAKE_KEY_A "a")));
	for (size_t i = 0; i < CONN_RESUME_LEN; i++) {
		key[i] = 'b';
		assert_false(conn_resume_matches(ann, slice_of(key)));
		key[i] = 'a';
	}
	end(&conns);
}

static void test_identify(void **state)
{
	struct conns conns;
	struct conn *ann, *bob;
	struct identity identity = { .nickname = SLICE("Ann"),
		.user = SLICE("u1"),
		.address = SLICE("::1"),
		.grants = SLICE("[]"),
		.meta = SLICE("{\"level\":3}"),
		.expires = 7,
		.admin = true };

	(void)state;
	begin(&conns);
	ann = conn_new(&conns, &first, 1, SLICE("ann"), FAKE_KEY_A);
	bob = conn_new(&conns, &first, 2, SLICE("bob"), FAKE_KEY_B);
	assert_int_equal(conn_user_name(ann).len, 0);
	assert_true(conn_identify(&conns, ann, &identity));
	assert_true(conn_identify(&conns, bob, &identity));
	assert_ptr_equal(ann->user, conn_user(&conns, SLICE("u1")));
	assert_ptr_equal(bob->user, ann->user);
	/* No name and no address: as they were. Grants are what the new token says. */
	assert_false(conn_identify(&conns, ann, &(struct identity){ .user = SLICE("u1") }));
	assert_true(slice_eq(ann->nickname, SLICE("Ann")));
	assert_true(slice_eq(ann->address, SLICE("::1")));
	assert_int_equal(ann->grants.len, 0);
	assert_int_equal(ann->meta.len, 0);
	assert_false(ann->admin);
	assert_true(slice_eq(bob->grants, SLICE("[]")));
	assert_true(slice_eq(bob->meta, SLICE("{\"level\":3}")));
	assert_true(conn_identify(&conns, bob, &(struct identity){ .user = SLICE("u2") }));
	assert_true(conn_identify(&conns, ann, &(struct identity){ .expires = 0 }));
	assert_null(conn_user(&conns, SLICE("u1")));
	assert_true(slice_eq(conn_user_name(bob), SLICE("u2")));
	end(&conns);
}

static void test_user_names(void **state)
{
	char name[CONN_USER_MAX + 1];

	(void)state;
	memset(name, 'u', sizeof(name));
	assert_true(conn_user_valid(SLICE("")));
	assert_true(conn_user_valid(slice_make(name, CONN_USER_MAX)));
	assert_false(conn_user_valid(slice_make(name, CONN_USER_MAX + 1)));
	assert_false(conn_user_valid(SLICE("a\nb")));
	assert_false(conn_user_valid(SLICE("\xff")));
}

static void test_grace_and_move(void **state)
{
	struct conns conns;
	struct conn *ann, *bob;

	(void)state;
	begin(&conns);
	ann = conn_new(&conns, &first, 1, SLICE("ann"), FAKE_KEY_A);
	bob = conn_new(&conns, &first, 2, SLICE("bob"), FAKE_KEY_B);
	assert_null(conn_longest_gone(&conns));
	conn_grace(&conns, bob, (struct mono){ 5 });
	conn_grace(&conns, ann, (struct mono){ 6 });
	assert_ptr_equal(conn_longest_gone(&conns), bob);
	conn_move(&conns, bob, &second, 9);
	assert_int_equal(bob->state, CONN_LIVE);
	assert_null(conn_find(&conns, &first, 2));
	assert_ptr_equal(conn_find(&conns, &second, 9), bob);
	assert_ptr_equal(conn_by_id(&conns, SLICE("bob")), bob);
	assert_ptr_equal(conn_longest_gone(&conns), ann);
	assert_int_equal(ann->since.ns, 6);
	end(&conns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_resume_key),
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_user_names),
		cmocka_unit_test(test_grace_and_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
