/* encode.c - messages to the hub, encoded into memory that may run out */
/* SPDX-License-Identifier: MIT */
#include "handler/encode.h"

#include <errno.h>

#include "handler/store.h"

enum { HEADER_LEN = 5 };

/* What a field takes; over this, something in it is too long. */
static const size_t too_long = (size_t)1 << 40;

/* clang-format off */
#define NUMBER(name, type, len) \
	static size_t size_##name(type number) \
	{ \
		(void)number; \
		return len; \
	}
NUMBER(u8, uint8_t, 1)
NUMBER(u16, uint16_t, 2)
NUMBER(u32, uint32_t, 4)
NUMBER(u64, uint64_t, 8)
#undef NUMBER

static size_t size_str(struct slice text)
{
	return text.len > UINT16_MAX ? too_long : text.len + 2;
}

static size_t size_blob(struct slice bytes)
{
	return bytes.len > UINT32_MAX / 2 ? too_long : bytes.len + 4;
}

#define FIELD(type, name) size += size_##type(from->name);
#define LIST(record, name) size += 4 + size_blob(from->name.raw);
#define REC(name) \
	static size_t __attribute__((unused)) size_of_##name(const struct msg_##name *from) \
	{ \
		size_t size = 0;
#define REC_END \
		return size; \
	}
#define MSG(NAME, name, code, from, to) REC(name)
#define MSG_END REC_END
#include "proto/messages_handler.def"
#undef FIELD
#undef LIST
#undef REC
#undef REC_END
#undef MSG
#undef MSG_END

size_t encode_size(const struct msg *msg)
{
	size_t size = 0;

	switch ((unsigned)msg->type) {
#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define MSG(NAME, name, code, from, to) \
	case code: \
		size = size_of_##name(&msg->name); \
		break;
#include "proto/messages_handler.def"
#undef FIELD
#undef LIST
#undef REC
#undef REC_END
#undef MSG
#undef MSG_END
	}
	return size == 0 || size >= too_long ? 0 : size + HEADER_LEN;
}
/* clang-format on */

int encode(struct buf *out, const struct msg *msg)
{
	size_t size = encode_size(msg);

	if (size == 0)
		return -EMSGSIZE;
	if (store_room(out, size) < 0)
		return -ENOMEM;
	msg_encode(out, msg);
	return 0;
}
