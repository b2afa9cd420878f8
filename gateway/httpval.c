/* httpval.c - values of HTTP's header fields (RFC 9110): lists, entity tags, codings, dates */
/* SPDX-License-Identifier: MIT */
#include "gateway/httpval.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice after(struct slice text, size_t n)
{
	return slice_make(text.ptr + n, text.len - n);
}

static struct slice trimmed(struct slice text)
{
	while (text.len && is_blank(text.ptr[0]))
		text = after(text, 1);
	while (text.len && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static bool same_word(struct slice text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/*
 * Takes what is before the first `mark` off the front of `text`, and the mark; all, if there is
 * none.
 */
static struct slice take_until(struct slice *text, char mark)
{
	const char *at = text->len ? memchr(text->ptr, mark, text->len) : NULL;
	size_t n = at ? (size_t)(at - text->ptr) : text->len;
	struct slice part = slice_make(text->ptr, n);

	*text = after(*text, at ? n + 1 : n);
	return trimmed(part);
}

bool httpval_list_has(struct slice list, const char *word)
{
	while (list.len)
		if (same_word(take_until(&list, ','), word))
			return true;
	return false;
}

/* ---- entity tags -------------------------------------------------------------------------- */

static struct slice without_weakness(struct slice etag)
{
	return slice_starts(etag, SLICE("W/")) ? after(etag, 2) : etag;
}

/* Takes one entity tag off the front; a comma may be inside of its quotes. Empty: there is none. */
static struct slice take_etag(struct slice *text)
{
	size_t prefix = slice_starts(*text, SLICE("W/")) ? 2 : 0;
	struct slice etag;
	size_t n = prefix + 1;

	if (text->len < prefix + 2 || text->ptr[prefix] != '"')
		return (struct slice){ 0 };
	while (n < text->len && text->ptr[n] != '"')
		n++;
	if (n == text->len)
		return (struct slice){ 0 };
	etag = slice_make(text->ptr, n + 1);
	*text = after(*text, n + 1);
	return etag;
}

bool httpval_none_match(struct slice if_none_match, struct slice etag)
{
	struct slice text = trimmed(if_none_match);
	struct slice wanted = without_weakness(etag);

	if (slice_eq(text, SLICE("*")))
		return true;
	while (text.len) {
		struct slice listed = take_etag(&text);

		if (listed.len == 0)
			return false;
		if (slice_eq(without_weakness(listed), wanted))
			return true;
		text = trimmed(text);
		if (text.len && text.ptr[0] != ',')
			return false;
		while (text.len && (text.ptr[0] == ',' || is_blank(text.ptr[0])))
			text = after(text, 1);
	}
	return false;
}

/* ---- codings ------------------------------------------------------------------------------ */

/* `0`, `0.`, `0.0` ... `0.000`. What is no weight at all counts as one. */
static bool is_zero(struct slice weight)
{
	if (weight.len == 0 || weight.ptr[0] != '0')
		return false;
	for (size_t i = 1; i < weight.len; i++)
		if (weight.ptr[i] != (i == 1 ? '.' : '0'))
			return false;
	return true;
}

/* Whether the parameters after a coding say `q=0`. */
static bool is_refused(struct slice parameters)
{
	while (parameters.len) {
		struct slice value = take_until(&parameters, ';');

		if (same_word(take_until(&value, '='), "q"))
			return is_zero(trimmed(value));
	}
	return false;
}

bool httpval_accepts(struct slice accept_encoding, const char *coding)
{
	bool any = false;

	while (accept_encoding.len) {
		struct slice parameters = take_until(&accept_encoding, ',');
		struct slice name = take_until(&parameters, ';');

		if (same_word(name, coding))
			return !is_refused(parameters);
		if (same_word(name, "*"))
			any = !is_refused(parameters);
	}
	return any;
}

/* ---- numbers ------------------------------------------------------------------------------ */

/* By hand: strftime() and strptime() follow the locale. */
static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void httpval_date(time_t when, char ret_text[HTTPVAL_DATE_SIZE])
{
	struct tm tm = { 0 };
	char text[64];

	gmtime_r(&when, &tm);
	snprintf(text, sizeof(text), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
		days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
		(tm.tm_year + 1900) % 10000, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(ret_text, text, HTTPVAL_DATE_SIZE - 1);
	ret_text[HTTPVAL_DATE_SIZE - 1] = '\0';
}

/* `n` digits. */
static bool take_number(const char *text, int n, int *ret_number)
{
	int number = 0;

	for (int i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (text[i] - '0');
	}
	*ret_number = number;
	return true;
}

bool httpval_date_parse(struct slice text, time_t *ret_when)
{
	char again[HTTPVAL_DATE_SIZE];
	struct tm tm = { 0 };
	time_t when;

	if (text.len != HTTPVAL_DATE_SIZE - 1)
		return false;
	for (tm.tm_mon = 0; tm.tm_mon < 12; tm.tm_mon++)
		if (memcmp(months + 3 * tm.tm_mon, text.ptr + 8, 3) == 0)
			break;
	if (tm.tm_mon == 12 || !take_number(text.ptr + 5, 2, &tm.tm_mday) ||
		!take_number(text.ptr + 12, 4, &tm.tm_year) ||
		!take_number(text.ptr + 17, 2, &tm.tm_hour) ||
		!take_number(text.ptr + 20, 2, &tm.tm_min) ||
		!take_number(text.ptr + 23, 2, &tm.tm_sec))
		return false;
	tm.tm_year -= 1900;
	when = timegm(&tm);

	/* The weekday, the punctuation and the 31st of February show when it is written again. */
	httpval_date(when, again);
	if (memcmp(again, text.ptr, text.len) != 0)
		return false;
	*ret_when = when;
	return true;
}

bool httpval_length(struct slice text, uint64_t *ret_length)
{
	uint64_t length = 0;

	if (text.len == 0 || text.len > 18)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		length = length * 10 + (uint64_t)(text.ptr[i] - '0');
	}
	*ret_length = length;
	return true;
}

bool httpval_not_modified(struct slice if_none_match, struct slice if_modified_since,
	struct slice etag, time_t modified)
{
	time_t since;

	if (if_none_match.len)
		return httpval_none_match(if_none_match, etag);
	return httpval_date_parse(if_modified_since, &since) && modified <= since;
}
