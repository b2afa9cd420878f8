/* test_msg.c - every message of messages.def: round trip, every truncation, a byte too many */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/msg.h"

/*
 * Values that differ from field to field, so that swapped fields are seen; slices point into text.
 */
static uint64_t state = 1;

static uint64_t next(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 7;
}

static struct slice next_slice(void)
{
	static const char text[] = "\0\x01 words, \"quotes\" and \xc3\xa9 more";

	return slice_make(text, (size_t)(next() % sizeof(text)));
}

/* clang-format off */
#define fill_u8 (uint8_t)next()
#define fill_u16 (uint16_t)next()
#define fill_u32 (uint32_t)next()
#define fill_u64 next() * 0x9e3779b97f4a7c15u
#define fill_i64 -(int64_t)next()
#define fill_str next_slice()
#define fill_blob next_slice()
#define same_number(a, b) assert_true((a) == (b))
#define same_slice(a, b) assert_true(slice_eq((a), (b)))
enum { LISTS = 3 }; /* of one message, at most */

#define same_u8 same_number
#define same_u16 same_number
#define same_u32 same_number
#define same_u64 same_number
#define same_i64 same_number
#define same_str same_slice
#define same_blob same_slice

/* fill_rec_x(): values in every field; each list has a buffer of its own, one of `raws`. */
#define FIELD(type, name) to->name = fill_##type;
#define LIST(record, name) \
	for (uint64_t count = next() % 4, n = list++; count > 0; count--) { \
		struct msg_##record each; \
		fill_rec_##record(&each, raws); \
		msg_add_##record(&raws[n], &to->name, &each); \
	}
#define REC(name) \
	static void fill_rec_##name(struct msg_##name *to, struct buf *raws) \
	{ \
		unsigned list = 0; \
		(void)raws; \
		(void)list;
#define REC_END }
#define MSG(NAME, name, code, from, to) REC(name)
#define MSG_END REC_END
#include "proto/messages.def"
#undef FIELD
#undef LIST
#undef REC

/* same_rec_x(): equal in every field, lists record by record. */
#define FIELD(type, name) same_##type(a->name, b->name);
#define LIST(record, name) \
	{ \
	struct msg_list list_a = a->name, list_b = b->name; \
	struct msg_##record each_a, each_b; \
	assert_int_equal(list_a.count, list_b.count); \
	while (msg_next_##record(&list_a, &each_a)) { \
		assert_true(msg_next_##record(&list_b, &each_b)); \
		same_rec_##record(&each_a, &each_b); \
	} \
	assert_false(msg_next_##record(&list_b, &each_b)); \
	}
#define REC(name) \
	static void same_rec_##name(const struct msg_##name *a, const struct msg_##name *b) {
#include "proto/messages.def"
#undef REC
#undef REC_END
#undef MSG
#undef MSG_END
#undef FIELD
#undef LIST
/* clang-format on */

static void check_truncations(struct slice whole)
{
	struct msg msg, untouched = { .type = MSG_ACK, .ack = { .applied = 7 } };

	for (size_t len = 0; len < whole.len; len++) {
		struct slice in = { whole.ptr, len };

		msg = untouched;
		assert_int_equal(msg_decode(&in, &msg), -EBADMSG);
		assert_ptr_equal(in.ptr, whole.ptr);
		assert_int_equal(in.len, len);
		assert_int_equal(msg.type, MSG_ACK);
		assert_int_equal(msg.ack.applied, 7);
	}
}

/* The payload with a byte more, or less, than its fields need, and a length that says so. */
static void check_wrong_length(struct slice whole)
{
	_cleanup_(buf_done) struct buf copy = { .cap = 0 };
	uint32_t len = (uint32_t)whole.len - 5;
	struct msg msg;

	for (int more = -1; more <= 1; more += 2) {
		uint32_t wrong = len + (uint32_t)more;
		struct slice in;

		buf_clear(&copy);
		buf_put(&copy, whole);
		buf_putc(&copy, 'x');
		for (unsigned i = 0; i < 4; i++)
			copy.data[1 + i] = (char)(wrong >> (8 * i));
		copy.len = 5 + wrong;
		in = buf_slice(&copy);
		assert_int_equal(msg_decode(&in, &msg), -EBADMSG);
	}
}

static void check_message(const struct msg *msg, struct msg *ret_back, struct buf *bytes)
{
	_cleanup_(buf_done) struct buf again = { .cap = 0 };
	struct slice in;

	msg_encode(bytes, msg);
	check_truncations(buf_slice(bytes));
	check_wrong_length(buf_slice(bytes));
	in = buf_slice(bytes);
	assert_int_equal(msg_decode(&in, ret_back), 0);
	assert_int_equal(in.len, 0);
	assert_int_equal(ret_back->type, msg->type);
	msg_encode(&again, ret_back);
	assert_true(slice_eq(buf_slice(bytes), buf_slice(&again)));
}

/* clang-format off */
#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define MSG(NAME, name, code, from, to) \
	static void test_##name(void **unused) \
	{ \
		(void)unused; \
		assert_string_equal(msg_name(MSG_##NAME), #name); \
		for (int round = 0; round < 50; round++) { \
			_cleanup_(buf_done) struct buf bytes = { .cap = 0 }; \
			struct buf raw[LISTS] = { { .cap = 0 } }; \
			struct msg msg = { .type = MSG_##NAME }, back; \
			fill_rec_##name(&msg.name, raw); \
			check_message(&msg, &back, &bytes); \
			same_rec_##name(&msg.name, &back.name); \
			for (int list = 0; list < LISTS; list++) \
				buf_done(&raw[list]); \
		} \
	}
#include "proto/messages.def"
#undef MSG
/* clang-format on */

static void test_unknown_type(void **unused)
{
	static const char zero[] = { 0, 0, 0, 0, 0 }, high[] = { (char)255, 0, 0, 0, 0 };
	struct slice in;
	struct msg msg;

	(void)unused;
	in = slice_make(zero, sizeof(zero));
	assert_int_equal(msg_decode(&in, &msg), -EBADMSG);
	in = slice_make(high, sizeof(high));
	assert_int_equal(msg_decode(&in, &msg), -EBADMSG);
	assert_string_equal(msg_name(0), "unknown");
	assert_string_equal(msg_name(100000), "unknown");
}

static void test_list_with_wrong_count(void **unused)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 }, bytes = { .cap = 0 };
	struct msg msg = { .type = MSG_DIRECTED };
	struct slice in;

	(void)unused;
	msg_add_connref(&raw, &msg.directed.conns, &(struct msg_connref){ .conn = 1 });
	msg.directed.conns.count = 2;
	msg_encode(&bytes, &msg);
	in = buf_slice(&bytes);
	assert_int_equal(msg_decode(&in, &msg), -EBADMSG);
}

static void test_several_in_a_row(void **unused)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	struct slice in;
	struct msg msg;

	(void)unused;
	for (uint64_t i = 1; i <= 3; i++)
		msg_encode(&bytes, &(struct msg){ .type = MSG_ACK, .ack = { .applied = i } });
	in = buf_slice(&bytes);
	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(msg_decode(&in, &msg), 0);
		assert_int_equal(msg.ack.applied, i);
	}
	assert_int_equal(in.len, 0);
}

static void test_who_may_send_what(void **unused)
{
	(void)unused;
	assert_true(msg_allowed(MSG_PUBLISH, PROCESS_GATEWAY, PROCESS_HUB));
	assert_false(msg_allowed(MSG_PUBLISH, PROCESS_METRICS, PROCESS_HUB));
	assert_false(msg_allowed(MSG_PUBLISH, PROCESS_GATEWAY, PROCESS_AUTH));
	assert_false(msg_allowed(MSG_DELIVER, PROCESS_GATEWAY, PROCESS_HUB));
	assert_true(msg_allowed(MSG_HELLO, PROCESS_METRICS, PROCESS_HUB));
	assert_true(msg_allowed(MSG_COUNTERS, PROCESS_AUTH, PROCESS_METRICS));
	assert_false(msg_allowed(MSG_COUNTERS, PROCESS_AUTH, PROCESS_HUB));
	assert_false(msg_allowed(0, PROCESS_AUTH, PROCESS_HUB));
}

static void test_seq(void **unused)
{
	struct msg publish = { .type = MSG_PUBLISH },
		   ack = { .type = MSG_ACK, .ack = { .applied = 5 } };

	(void)unused;
	assert_true(msg_set_seq(&publish, 9));
	assert_int_equal(publish.publish.seq, 9);
	assert_int_equal(msg_seq(&publish), 9);
	assert_false(msg_set_seq(&ack, 9));
	assert_int_equal(msg_seq(&ack), 0);
	assert_int_equal(ack.ack.applied, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define MSG(NAME, name, code, from, to) cmocka_unit_test(test_##name),
#include "proto/messages.def"
#undef MSG
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_list_with_wrong_count),
		cmocka_unit_test(test_several_in_a_row),
		cmocka_unit_test(test_who_may_send_what),
		cmocka_unit_test(test_seq),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
