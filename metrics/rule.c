/* rule.c - the condition of an alert, as settings have it: `gateway.queue_bytes > 50M for 10 s` */
/* SPDX-License-Identifier: MIT */
#include "metrics/rule.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

enum { DIGITS_MAX = 24 };
#define LIMIT_MAX 1e15
#define EXACT_BELOW 1e9 /* with six decimals */

static const struct {
	const char *text;
	enum rule_op op;
} ops[] = {
	/* those of two characters first: the others begin them */
	{ ">=", RULE_AT_LEAST },
	{ "<=", RULE_AT_MOST },
	{ "==", RULE_EQUAL },
	{ "!=", RULE_OTHER },
	{ ">", RULE_MORE },
	{ "<", RULE_LESS },
};

static const struct {
	const char *text;
	uint64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };

enum { OPS = sizeof(ops) / sizeof(*ops), UNITS = sizeof(units) / sizeof(*units) };

static void skip(struct slice *text, size_t len)
{
	*text = slice_make(text->ptr + len, text->len - len);
}

static void skip_blanks(struct slice *text)
{
	while (text->len && (*text->ptr == ' ' || *text->ptr == '\t'))
		skip(text, 1);
}

static bool take_text(struct slice *text, const char *wanted)
{
	if (!slice_starts(*text, slice_of(wanted)))
		return false;
	skip(text, strlen(wanted));
	return true;
}

static bool is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool take_name(struct slice *text, char ret_name[RULE_NAME_MAX + 1])
{
	size_t len = 0;

	while (len < text->len && is_of_name(text->ptr[len]))
		len++;
	if (len == 0 || len > RULE_NAME_MAX)
		return false;
	memcpy(ret_name, text->ptr, len);
	ret_name[len] = '\0';
	skip(text, len);
	return true;
}

static bool take_op(struct slice *text, enum rule_op *ret_op)
{
	for (size_t i = 0; i < OPS; i++) {
		if (!take_text(text, ops[i].text))
			continue;
		*ret_op = ops[i].op;
		return true;
	}
	return false;
}

/* Digits, and perhaps a point and digits; the locale has no say. */
static bool take_digits(struct slice *text, double *ret_number)
{
	double number = 0, scale = 1;
	unsigned digits = 0;
	bool point = false;

	for (; text->len; skip(text, 1)) {
		char c = *text->ptr;

		if (c == '.' && !point && digits) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			break;
		if (++digits > DIGITS_MAX)
			return false;
		number = number * 10 + (c - '0');
		scale *= point ? 10 : 1;
	}
	*ret_number = number / scale;
	return digits > 0 && text->ptr[-1] != '.';
}

static bool take_number(struct slice *text, double *ret_number)
{
	static const char suffixes[] = "KMG";
	bool minus = take_text(text, "-");
	double number;

	if (!take_digits(text, &number))
		return false;
	for (unsigned i = 0; suffixes[i]; i++) {
		if (text->len == 0 || *text->ptr != suffixes[i])
			continue;
		number *= (double)(UINT64_C(1) << 10 * (i + 1));
		skip(text, 1);
		break;
	}
	if (number >= LIMIT_MAX)
		return false;
	/* what is written of it is what was read */
	number = number < EXACT_BELOW ? round(number * 1e6) / 1e6 : round(number);
	*ret_number = minus ? -number : number;
	return true;
}

/* At most a year. */
static bool take_duration(struct slice *text, uint64_t *ret_ms)
{
	const double most = 366.0 * 86400000;
	double number;

	if (!take_digits(text, &number))
		return false;
	skip_blanks(text);
	for (size_t i = 0; i < UNITS; i++) {
		if (!take_text(text, units[i].text))
			continue;
		if (number * (double)units[i].ms > most)
			return false;
		*ret_ms = (uint64_t)llround(number * (double)units[i].ms);
		return true;
	}
	return false;
}

static const char *parse(struct slice text, struct rule *rule)
{
	skip_blanks(&text);
	if (!take_name(&text, rule->of) || !take_text(&text, ".") || !take_name(&text, rule->name))
		return "it begins with two names and a point between them, as gateway.queue_bytes";
	skip_blanks(&text);
	if (!take_op(&text, &rule->op))
		return "after the name comes one of > < >= <= == !=";
	skip_blanks(&text);
	if (!take_number(&text, &rule->limit))
		return "it is compared with a number, as 80, 0.5 or 64M";
	if (text.len && *text.ptr != ' ' && *text.ptr != '\t')
		return "after the number comes nothing, or: for 10 s";
	skip_blanks(&text);
	if (text.len == 0)
		return NULL;
	if (!take_text(&text, "for"))
		return "after the number comes nothing, or: for 10 s";
	skip_blanks(&text);
	if (!take_duration(&text, &rule->for_ms))
		return "for is followed by a time: 500 ms, 10 s, 5 m, 1 h or 1 d";
	skip_blanks(&text);
	return text.len == 0 ? NULL : "something follows the time";
}

int rule_parse(struct slice text, struct rule *ret_rule, const char **ret_why)
{
	struct rule rule = { .for_ms = 0 };
	const char *why = parse(text, &rule);

	if (!why && !figures_known(slice_of(rule.of), slice_of(rule.name)))
		why = "no such figure is known";
	*ret_why = why;
	if (why)
		return -EINVAL;
	*ret_rule = rule;
	return 0;
}

const char *rule_check(struct slice text)
{
	const char *why = NULL;
	struct rule rule;

	return text.len && rule_parse(text, &rule, &why) < 0 ? why : NULL;
}

void rule_write(const struct rule *rule, struct buf *out)
{
	size_t op = 0;

	while (ops[op].op != rule->op)
		op++;
	buf_printf(out, "%s.%s %s ", rule->of, rule->name, ops[op].text);
	/* No form with an exponent: it would not read back. */
	if (rule->limit == floor(rule->limit))
		buf_printf(out, "%.0f", rule->limit);
	else
		buf_printf(out, "%.6f", rule->limit);
	if (rule->for_ms == 0)
		return;
	if (rule->for_ms % 1000)
		buf_printf(out, " for %" PRIu64 " ms", rule->for_ms);
	else
		buf_printf(out, " for %" PRIu64 " s", rule->for_ms / 1000);
}

bool rule_is_about(const struct rule *rule, const struct figure *figure)
{
	if (strcmp(rule->name, figure->name) != 0)
		return false;
	if (strcmp(rule->of, figure->of) == 0)
		return true;
	if (figure->process == 0)
		return false;
	return strcmp(rule->of, "any") == 0 || strcmp(rule->of, process_name(figure->process)) == 0;
}

bool rule_holds(const struct rule *rule, double value)
{
	switch (rule->op) {
	case RULE_MORE:
		return value > rule->limit;
	case RULE_LESS:
		return value < rule->limit;
	case RULE_AT_LEAST:
		return value >= rule->limit;
	case RULE_AT_MOST:
		return value <= rule->limit;
	case RULE_EQUAL:
		return value == rule->limit;
	default:
		return value != rule->limit;
	}
}

bool rule_is_worse(const struct rule *rule, double value, double than)
{
	switch (rule->op) {
	case RULE_MORE:
	case RULE_AT_LEAST:
		return value > than;
	case RULE_LESS:
	case RULE_AT_MOST:
		return value < than;
	default:
		return rule_holds(rule, value) && !rule_holds(rule, than);
	}
}
