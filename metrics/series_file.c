/* series_file.c - series as the bytes of a file, and back */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "metrics/series_internal.h"

/*
 * "ATRSER" and a version of two digits; a head for each range; how many series; of each the length
 * of its name, the name, its kind, when it was last put, and its values; then a checksum. Numbers
 * are little-endian, as are the machines that Atrium runs on; values are IEEE floats. A change
 * of ranges.def is another version.
 */
#define MAGIC "ATRSER01"

enum { KIND_WORST = 1, KIND_PAGE = 2, KIND_MASK = 3 };

/* FNV-1a, a word at a time: it finds what a broken write leaves, not what someone means to hide. */
uint64_t series_checksum(struct slice bytes)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	while (bytes.len) {
		size_t len = bytes.len < 8 ? bytes.len : 8;
		uint64_t word = 0;

		memcpy(&word, bytes.ptr, len);
		sum = (sum ^ word ^ len) * UINT64_C(0x100000001b3);
		sum ^= sum >> 29;
		bytes = slice_make(bytes.ptr + len, bytes.len - len);
	}
	return sum;
}

static void put_u64(struct buf *out, uint64_t number)
{
	buf_add(out, &number, sizeof(number));
}

static void save_one(const struct series *series, struct buf *out)
{
	size_t len = strlen(series->name);

	buf_putc(out, (char)len);
	buf_add(out, series->name, len);
	buf_putc(out,
		(char)((series->kind.worst ? KIND_WORST : 0) |
			(series->kind.page ? KIND_PAGE : 0)));
	put_u64(out, series->last_s);
	buf_add(out, series->values, sizeof(series->values));
}

void series_save(const struct series_set *set, struct buf *out)
{
	size_t start = out->len;

	buf_put(out, SLICE(MAGIC));
	for (unsigned range = 0; range < RANGES; range++)
		put_u64(out, set->heads[range]);
	put_u64(out, set->now_s);
	put_u64(out, HASH_COUNT(set->all));
	for (const struct series *at = set->all; at; at = at->hh.next)
		save_one(at, out);
	put_u64(out, series_checksum(slice_make(out->data + start, out->len - start)));
}

/* Takes bytes off the front; false: there are fewer. */
static bool take(struct slice *bytes, void *to, size_t len)
{
	if (bytes->len < len)
		return false;
	if (len)
		memcpy(to, bytes->ptr, len);
	*bytes = slice_make(bytes->ptr + len, bytes->len - len);
	return true;
}

/* NULL: it is not one. */
static struct series *load_one(struct slice *bytes, uint64_t now_s)
{
	char name[SERIES_NAME_MAX];
	struct series_kind none = { .worst = false };
	struct series *series;
	unsigned char len, kind;

	if (!take(bytes, &len, 1) || len > sizeof(name) || !take(bytes, name, len) ||
		!series_name_valid(slice_make(name, len)) || !take(bytes, &kind, 1) ||
		kind > KIND_MASK)
		return NULL;
	series = series_make(slice_make(name, len), &none);
	series->kind.worst = kind & KIND_WORST;
	series->kind.page = kind & KIND_PAGE;
	if (!take(bytes, &series->last_s, sizeof(series->last_s)) || series->last_s > now_s ||
		!take(bytes, series->values, sizeof(series->values))) {
		mem_free(series);
		return NULL;
	}
	for (size_t i = 0; i < SERIES_ROWS; i++)
		if (!isfinite(series->values[i]))
			series->values[i] = NAN;
	return series;
}

static int load_all(struct series_set *set, struct slice bytes, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct series *series = load_one(&bytes, set->now_s), *other = NULL;

		if (series)
			HASH_FIND(hh, set->all, series->name, strlen(series->name), other);
		if (!series || other) {
			mem_free(series);
			return -EBADMSG;
		}
		HASH_ADD_KEYPTR(hh, set->all, series->name, strlen(series->name), series);
	}
	return bytes.len == 0 ? 0 : -EBADMSG;
}

static bool head_is_good(struct slice *bytes, struct series_set *set, uint64_t *ret_count)
{
	char magic[sizeof(MAGIC) - 1];

	if (!take(bytes, magic, sizeof(magic)) || memcmp(magic, MAGIC, sizeof(magic)) != 0 ||
		!take(bytes, set->heads, sizeof(set->heads)) ||
		!take(bytes, &set->now_s, sizeof(set->now_s)) ||
		!take(bytes, ret_count, sizeof(*ret_count)))
		return false;
	for (unsigned range = 0; range < RANGES; range++)
		if (set->heads[range] != set->now_s / series_ranges[range].step)
			return false;
	return true;
}

int series_load(struct series_set *set, struct slice bytes)
{
	struct series_set fresh = { .max = set->max };
	uint64_t count = 0, sum;
	int r;

	if (bytes.len < sizeof(sum))
		return -EBADMSG;
	bytes.len -= sizeof(sum);
	memcpy(&sum, bytes.ptr + bytes.len, sizeof(sum));
	if (sum != series_checksum(bytes) || !head_is_good(&bytes, &fresh, &count))
		return -EBADMSG;
	if (count > set->max)
		return -ENOSPC;
	r = load_all(&fresh, bytes, count);
	if (r < 0) {
		series_clear(&fresh);
		return r;
	}
	series_clear(set);
	*set = fresh;
	return 0;
}
