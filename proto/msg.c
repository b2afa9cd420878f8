/* msg.c - the codec of every message, made from messages.def */
/* SPDX-License-Identifier: MIT */
#include "proto/msg.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>

enum { HEADER_LEN = 5 }; /* u8 type, u32 length of what follows */

/* Reading: the first field that does not fit sets `bad`, and what follows reads as empty. */
struct cursor {
	const unsigned char *at;
	const unsigned char *end;
	bool bad;
};

static inline const unsigned char *take(struct cursor *in, size_t len)
{
	const unsigned char *at = in->at;

	if (in->bad || (size_t)(in->end - at) < len) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return at;
}

/* Of up to 8 bytes; where `len` is a constant this is one instruction. */
static inline uint64_t get_number(struct cursor *in, size_t len)
{
	const unsigned char *at = take(in, len);
	uint64_t number = 0;

	if (at)
		memcpy(&number, at, len);
	return le64toh(number);
}

static struct slice get_bytes(struct cursor *in, size_t len)
{
	const unsigned char *at = take(in, len);

	return at ? slice_make(at, len) : (struct slice){ NULL, 0 };
}

static inline void store_number(char *at, uint64_t number, size_t len)
{
	number = htole64(number);
	memcpy(at, &number, len);
}

static inline void put_number(struct buf *out, uint64_t number, size_t len)
{
	store_number(buf_reserve(out, len), number, len);
	out->len += len;
}

/* One pair per type of field; msg_add_x, msg_encode and their inverses are made of these. */
#define NUMBER(name, type, len) \
	static void put_##name(struct buf *out, type number) \
	{ \
		put_number(out, (uint64_t)number, len); \
	} \
	static type get_##name(struct cursor *in) \
	{ \
		return (type)get_number(in, len); \
	}
NUMBER(u8, uint8_t, 1)
NUMBER(u16, uint16_t, 2)
NUMBER(u32, uint32_t, 4)
NUMBER(u64, uint64_t, 8)
NUMBER(i64, int64_t, 8)
#undef NUMBER

/* Its length, in so many bytes, and then itself. */
static inline void put_counted(struct buf *out, struct slice bytes, size_t len)
{
	char *at = buf_reserve(out, len + bytes.len);

	store_number(at, bytes.len, len);
	if (bytes.len)
		memcpy(at + len, bytes.ptr, bytes.len);
	out->len += len + bytes.len;
}

static void put_str(struct buf *out, struct slice text)
{
	assert(text.len <= UINT16_MAX);
	put_counted(out, text, 2);
}

static struct slice get_str(struct cursor *in)
{
	return get_bytes(in, get_number(in, 2));
}

static void put_blob(struct buf *out, struct slice bytes)
{
	assert(bytes.len <= UINT32_MAX);
	put_counted(out, bytes, 4);
}

static struct slice get_blob(struct cursor *in)
{
	return get_bytes(in, get_number(in, 4));
}

static void put_list(struct buf *out, struct msg_list list)
{
	put_number(out, list.count, 4);
	put_blob(out, list.raw);
}

static struct msg_list get_list(struct cursor *in)
{
	struct msg_list list = { .count = get_u32(in) };

	list.raw = get_blob(in);
	return list;
}

static struct cursor cursor_of(struct slice text)
{
	const unsigned char *at = (const unsigned char *)text.ptr;

	return (struct cursor){ .at = at, .end = at ? at + text.len : at };
}

/* clang-format off */

/* encode_x(), of every record and message. */
#define FIELD(type, name) put_##type(out, from->name);
#define LIST(record, name) put_list(out, from->name);
#define REC(name) static void encode_##name(struct buf *out, const struct msg_##name *from) {
#define REC_END }
#define MSG(NAME, name, code, from, to) REC(name)
#define MSG_END REC_END
#include "proto/messages.def"
#undef FIELD
#undef LIST
#undef REC

/* decode_x(), likewise. A list is walked here, so that walking it later cannot fail. */
#define FIELD(type, name) to->name = get_##type(in);
#define LIST(record, name) \
	to->name = get_list(in); \
	struct cursor name = cursor_of(to->name.raw); \
	uint32_t name##_count = 0; \
	for (struct msg_##record each; !name.bad && name.at < name.end; name##_count++) \
		decode_##record(&name, &each); \
	if (name.bad || name##_count != to->name.count) \
		in->bad = true;
#define REC(name) static void decode_##name(struct cursor *in, struct msg_##name *to) {
#include "proto/messages.def"
#undef FIELD
#undef LIST
#undef REC
#undef REC_END
#undef MSG
#undef MSG_END

/* Building and walking lists. */
#define FIELD(type, name)
#define LIST(record, name)
#define MSG(NAME, name, code, from, to)
#define MSG_END
#define REC_END
#define REC(name) \
	void msg_add_##name( \
		struct buf *raw, struct msg_list *list, const struct msg_##name *record) \
	{ \
		encode_##name(raw, record); \
		list->count++; \
		list->raw = buf_slice(raw); \
	} \
\
	bool msg_next_##name(struct msg_list *list, struct msg_##name *ret_record) \
	{ \
		struct cursor in = cursor_of(list->raw); \
\
		if (list->count == 0) \
			return false; \
		decode_##name(&in, ret_record); \
		list->raw = slice_make(in.at, (size_t)(in.end - in.at)); \
		list->count--; \
		return !in.bad; \
	}
#include "proto/messages.def"
#undef REC
#undef MSG

/* Names of the fields. */
#undef FIELD
#undef LIST
#undef REC_END
#undef MSG_END
#define FIELD(type, name) #name " "
#define LIST(record, name) #name " "
#define REC(name) static const char fields_##name[] __attribute__((unused)) =
#define REC_END ;
#define MSG(NAME, name, code, from, to) REC(name)
#define MSG_END REC_END
#include "proto/messages.def"
#undef FIELD
#undef LIST
#undef REC
#undef REC_END
#undef MSG
#undef MSG_END

/* The table of messages, by code. */
#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define MSG(NAME, name, code, from, to) \
	static void encode_any_##name(struct buf *out, const struct msg *msg) \
	{ \
		encode_##name(out, &msg->name); \
	} \
\
	static void decode_any_##name(struct cursor *in, struct msg *msg) \
	{ \
		decode_##name(in, &msg->name); \
	}
#include "proto/messages.def"
#undef MSG

/*
 * The ends of a row: `from` and `to` as numbers. LINK's messages are of link.c itself, between any
 * two.
 */
enum { END_ANY = 0, END_LINK = 0 };
#define PROCESS(NAME, name, code) enum { END_##NAME = code };
#include "proto/ends.def"
#undef PROCESS

static const struct row {
	const char *name;
	const char *fields;  /* their names, each with a space after it */
	unsigned from, to;
	void (*encode)(struct buf *out, const struct msg *msg);
	void (*decode)(struct cursor *in, struct msg *msg);
} rows[MSG_TYPE_MAX] = {
#define MSG(NAME, name, code, from, to) \
	[MSG_##NAME] = { #name, fields_##name, END_##from, END_##to, encode_any_##name, \
		decode_any_##name },
#include "proto/messages.def"
#undef MSG
};
/* clang-format on */

static const struct row *row_of(unsigned type)
{
	return type < MSG_TYPE_MAX && rows[type].name ? &rows[type] : NULL;
}

const char *msg_name(unsigned type)
{
	const struct row *row = row_of(type);

	return row ? row->name : "unknown";
}

bool msg_allowed(unsigned type, enum process from, enum process to)
{
	const struct row *row = row_of(type);

	return row && (row->from == END_ANY || row->from == (unsigned)from) &&
		(row->to == END_LINK || row->to == (unsigned)to);
}

void msg_encode(struct buf *out, const struct msg *msg)
{
	const struct row *row = row_of(msg->type);
	size_t payload = out->len + HEADER_LEN;

	assert(row);
	put_u8(out, (uint8_t)msg->type);
	put_u32(out, 0); /* the length, known only when all is written */
	row->encode(out, msg);
	assert(out->len - payload <= UINT32_MAX);
	store_number(out->data + payload - 4, out->len - payload, 4);
}

int msg_decode(struct slice *in, struct msg *ret_msg)
{
	struct cursor all = cursor_of(*in);
	const struct row *row = row_of(get_u8(&all));
	struct slice payload = get_blob(&all);
	struct cursor fields = cursor_of(payload);
	struct msg msg;

	if (!row || all.bad)
		return -EBADMSG;
	msg.type = (enum msg_type)(row - rows);
	row->decode(&fields, &msg);
	if (fields.bad || fields.at != fields.end)
		return -EBADMSG;
	*ret_msg = msg;
	*in = slice_make(all.at, (size_t)(all.end - all.at));
	return 0;
}

static bool has_seq(unsigned type)
{
	const struct row *row = row_of(type);
	const char *fields = row ? row->fields : "";

	return fields[0] == 's' && fields[1] == 'e' && fields[2] == 'q' && fields[3] == ' ';
}

uint64_t msg_seq(const struct msg *msg)
{
	/*
	 * All that have it begin with it, so any of them gives it (C17 6.5.2.3: common initial
	 * sequence).
	 */
	return has_seq(msg->type) ? msg->connect.seq : 0;
}

bool msg_set_seq(struct msg *msg, uint64_t seq)
{
	if (!has_seq(msg->type))
		return false;
	msg->connect.seq = seq;
	return true;
}

const char *process_name(enum process process)
{
	static const char *const names[] = {
#define PROCESS(NAME, name, code) [code] = #name,
#include "proto/ends.def"
#undef PROCESS
	};

	return (unsigned)process < sizeof(names) / sizeof(*names) && names[process] ? names[process]
										    : "unknown";
}
