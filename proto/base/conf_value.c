/* conf_value.c - the value of one setting: read from text, written, compared */
/* SPDX-License-Identifier: MIT */
#include "proto/base/conf_value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <strings.h>

#include "proto/base/mem.h"
#include "proto/base/utf8.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* Largest first, as they are tried when a value is written. */
static const struct unit sizes[] = { { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 },
	{ "", 1 }, { 0 } };
static const struct unit durations[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
	{ "s", 1000 }, { "ms", 1 }, { 0 } };

static const char *const bools[] = { "no", "yes", "false", "true", "off", "on", "0", "1", NULL };

static void *member(const struct conf_key *key, void *section)
{
	return (char *)section + key->offset;
}

static const void *member_const(const struct conf_key *key, const void *section)
{
	return (const char *)section + key->offset;
}

/* ---- reading ---- */

/* Digits, perhaps after a minus; how many bytes, 0 if there is no number or it does not fit. */
static size_t read_digits(struct slice text, int64_t *ret_number)
{
	bool negative = text.len && text.ptr[0] == '-';
	size_t at = negative;
	int64_t number = 0;

	while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
		int64_t digit = text.ptr[at++] - '0';

		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, negative ? -digit : digit, &number))
			return 0;
	}
	*ret_number = number;
	return at > negative ? at : 0;
}

/* A number and one of the units. */
static bool read_units(struct slice text, const struct unit *units, int64_t *ret_number)
{
	int64_t number;
	size_t digits = read_digits(text, &number);
	struct slice rest;

	if (digits == 0 || number < 0)
		return false;
	rest = slice_make(text.ptr + digits, text.len - digits);
	for (; units->name; units++) {
		if (rest.len == strlen(units->name) &&
			strncasecmp(rest.ptr, units->name, rest.len) == 0)
			return !__builtin_mul_overflow(number, units->factor, ret_number);
	}
	*ret_number = 0;
	return rest.len == 0 && number == 0; /* 0 is 0 in any unit */
}

/* The place of a word among those between the bars, or -1. */
static int64_t find_choice(const char *choices, struct slice text)
{
	int64_t index = 0;

	for (;; index++) {
		size_t len = strcspn(choices, "|");

		if (slice_eq(text, slice_make(choices, len)))
			return index;
		if (choices[len] == '\0')
			return -1;
		choices += len + 1;
	}
}

static void print_units(struct buf *out, const struct unit *units, int64_t number)
{
	if (number == 0) {
		buf_putc(out, '0');
		return;
	}
	while (number % units->factor)
		units++;
	buf_printf(out, "%" PRId64 "%s", number / units->factor, units->name);
}

static void print_number(enum conf_type type, int64_t number, struct buf *out)
{
	if (type == CONF_SIZE)
		print_units(out, sizes, number);
	else if (type == CONF_DURATION)
		print_units(out, durations, number);
	else
		buf_printf(out, "%" PRId64, number);
}

static int read_number(const struct conf_key *key, struct slice text, int64_t *to, struct buf *why)
{
	const char *kind = "a whole number";
	int64_t number = 0;
	bool good;

	if (key->type == CONF_SIZE) {
		kind = "a size (such as 64K, 1M, 2G)";
		good = read_units(text, sizes, &number);
	} else if (key->type == CONF_DURATION) {
		kind = "a duration (such as 250ms, 10s, 5m, 1h, 1d)";
		good = read_units(text, durations, &number);
	} else {
		good = text.len && read_digits(text, &number) == text.len;
	}
	if (!good) {
		buf_printf(why, "\"%.*s\" is not %s", (int)text.len, text.ptr, kind);
		return -EINVAL;
	}
	if ((key->min || key->max) && (number < key->min || number > key->max)) {
		buf_printf(why, "%.*s is out of range (", (int)text.len, text.ptr);
		print_number(key->type, key->min, why);
		buf_put(why, SLICE(" to "));
		print_number(key->type, key->max, why);
		buf_putc(why, ')');
		return -EINVAL;
	}
	*to = number;
	return 0;
}

static int read_word(const struct conf_key *key, struct slice text, void *to, struct buf *why)
{
	int64_t choice;

	if (key->type == CONF_BOOL) {
		for (size_t i = 0; bools[i]; i++) {
			if (text.len == strlen(bools[i]) &&
				strncasecmp(text.ptr, bools[i], text.len) == 0) {
				*(bool *)to = i % 2;
				return 0;
			}
		}
		buf_printf(why, "\"%.*s\" is neither yes nor no", (int)text.len, text.ptr);
		return -EINVAL;
	}
	choice = find_choice(key->choices, text);
	if (choice < 0) {
		buf_printf(why, "\"%.*s\" is none of %s", (int)text.len, text.ptr, key->choices);
		return -EINVAL;
	}
	*(int64_t *)to = choice;
	return 0;
}

/* The next word between blanks and commas; false at the end. */
static bool next_word(struct slice *text, struct slice *ret_word)
{
	static const char between[] = " ,\t\r\n";
	size_t len = 0;

	while (text->len && memchr(between, *text->ptr, sizeof(between) - 1)) {
		text->ptr++;
		text->len--;
	}
	while (len < text->len && !memchr(between, text->ptr[len], sizeof(between) - 1))
		len++;
	*ret_word = slice_make(text->ptr, len);
	text->ptr += len;
	text->len -= len;
	return len > 0;
}

/* One block of memory: the pointers, then the words. */
static char **read_list(struct slice text)
{
	struct slice rest = text, word;
	size_t count = 0, i = 0;
	char **list, *to;

	while (next_word(&rest, &word))
		count++;
	list = mem_alloc((count + 1) * sizeof(*list) + text.len + 1);
	to = (char *)(list + count + 1);
	for (rest = text; next_word(&rest, &word); to += word.len + 1) {
		memcpy(to, word.ptr, word.len); /* the block is zeroed */
		list[i++] = to;
	}
	return list;
}

static bool text_good(const struct conf_key *key, struct slice text)
{
	struct slice word;

	if (key->type != CONF_LIST)
		return utf8_printable(text);
	while (next_word(&text, &word))
		if (!utf8_printable(word))
			return false;
	return true;
}

/* What only the process knows of it: a text is one word, whatever it has in it. */
static bool means_something(const struct conf_key *key, struct slice text, struct buf *why)
{
	struct slice word = text;
	bool more = key->type != CONF_LIST || next_word(&text, &word);
	const char *wrong = NULL;

	while (key->check && more && !wrong) {
		wrong = key->check(word);
		if (wrong)
			buf_printf(why, "\"%.*s\": %s", (int)word.len, word.ptr, wrong);
		more = key->type == CONF_LIST && next_word(&text, &word);
	}
	return !wrong;
}

int conf_value_read(
	const struct conf_key *key, struct slice text, void *section, struct buf *ret_why)
{
	void *to = member(key, section);

	if (text.len > CONF_VALUE_MAX) {
		buf_printf(ret_why, "longer than %d bytes", CONF_VALUE_MAX);
		return -EINVAL;
	}
	if (!text_good(key, text)) {
		buf_put(ret_why, SLICE("has control characters, or is not UTF-8"));
		return -EINVAL;
	}
	if (!means_something(key, text, ret_why))
		return -EINVAL;
	switch (key->type) {
	case CONF_BOOL:
	case CONF_CHOICE:
		return read_word(key, text, to, ret_why);
	case CONF_INT:
	case CONF_SIZE:
	case CONF_DURATION:
		return read_number(key, text, to, ret_why);
	case CONF_STRING:
	case CONF_LIST:
		break;
	}
	mem_free(*(void **)to);
	*(void **)to = key->type == CONF_STRING ? (void *)slice_dup(text) : (void *)read_list(text);
	return 0;
}

/* ---- quotes and comments of the file ---- */

const char *conf_value_quoted(struct slice *text, struct buf *out)
{
	const char *p = text->ptr + 1, *end = text->ptr + text->len;

	assert(text->len && *text->ptr == '"');
	for (; p < end && *p != '"'; p++) {
		if (*p == '\\') {
			p++;
			if (p == end)
				break;
			if (*p != '"' && *p != '\\')
				return "only \\\" and \\\\ have a meaning in quotes";
		}
		buf_putc(out, *p);
	}
	if (p == end)
		return "the closing quote is missing";
	*text = slice_make(p + 1, (size_t)(end - p - 1));
	return NULL;
}

bool conf_value_comment(struct slice text)
{
	size_t at = 0;

	while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
		at++;
	return at == text.len || text.ptr[at] == ';' || text.ptr[at] == '#';
}

/* Where a bare text ends: before the blanks before a comment, or those at the end. */
static size_t bare_len(struct slice text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool blank = text.ptr[i] == ' ' || text.ptr[i] == '\t';

		if ((text.ptr[i] == ';' || text.ptr[i] == '#') && i > len)
			break;
		if (!blank)
			len = i + 1;
	}
	return len;
}

const char *conf_value_unquote(struct slice text, struct buf *out)
{
	const char *why;

	if (text.len && *text.ptr == '"') {
		why = conf_value_quoted(&text, out);
		if (why)
			return why;
		return conf_value_comment(text) ? NULL : "there is more after the closing quote";
	}
	if (text.len && (*text.ptr == ';' || *text.ptr == '#'))
		return "a value that begins with ; or # must be in quotes";
	buf_add(out, text.ptr, bare_len(text));
	return NULL;
}

void conf_value_put_quoted(struct buf *out, struct slice text)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, text.ptr[i]);
	}
	buf_putc(out, '"');
}

/* ---- writing ---- */

static void put_text(struct buf *out, struct slice text)
{
	if (text.len && (memchr("\";# ", *text.ptr, 4) || bare_len(text) != text.len))
		conf_value_put_quoted(out, text);
	else
		buf_put(out, text);
}

static void put_list(struct buf *out, char *const *list)
{
	struct buf joined = { 0 };

	for (; *list; list++)
		buf_printf(&joined, "%s%s", joined.len ? " " : "", *list);
	put_text(out, buf_slice(&joined));
	buf_done(&joined);
}

void conf_value_print(const struct conf_key *key, const void *section, struct buf *out)
{
	const void *from = member_const(key, section);
	const char *choices = key->choices;

	switch (key->type) {
	case CONF_BOOL:
		buf_put(out, slice_of(*(const bool *)from ? "yes" : "no"));
		return;
	case CONF_INT:
	case CONF_SIZE:
	case CONF_DURATION:
		print_number(key->type, *(const int64_t *)from, out);
		return;
	case CONF_CHOICE:
		for (int64_t i = *(const int64_t *)from; i > 0; i--)
			choices = strchr(choices, '|') + 1;
		buf_add(out, choices, strcspn(choices, "|"));
		return;
	case CONF_STRING:
		put_text(out, slice_of(*(char *const *)from));
		return;
	case CONF_LIST:
		put_list(out, *(char **const *)from);
		return;
	}
}

bool conf_value_eq(const struct conf_key *key, const void *a, const void *b)
{
	struct buf first = { 0 }, second = { 0 };
	bool equal;

	conf_value_print(key, a, &first); /* what is written alike means the same */
	conf_value_print(key, b, &second);
	equal = slice_eq(buf_slice(&first), buf_slice(&second));
	buf_done(&first);
	buf_done(&second);
	return equal;
}

void conf_value_free(const struct conf_key *key, void *section)
{
	void **pointer = member(key, section);

	if (key->type != CONF_STRING && key->type != CONF_LIST)
		return;
	mem_free(*pointer);
	*pointer = NULL;
}
