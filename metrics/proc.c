/* proc.c - reads the texts of /proc; knows no files */
/* SPDX-License-Identifier: MIT */
#include "metrics/proc.h"

#include <errno.h>
#include <stdbool.h>

static struct slice skip(struct slice text, size_t len)
{
	return slice_make(text.ptr + len, text.len - len);
}

static void skip_blanks(struct slice *text)
{
	while (text->len && (*text->ptr == ' ' || *text->ptr == '\t'))
		*text = skip(*text, 1);
}

/* A word of a line, taken off the front; empty at the line's end. */
static struct slice take_word(struct slice *text)
{
	struct slice word;

	skip_blanks(text);
	word = slice_make(text->ptr, 0);
	while (text->len && *text->ptr != ' ' && *text->ptr != '\t' && *text->ptr != '\n') {
		word.len++;
		*text = skip(*text, 1);
	}
	return word;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_number(struct slice *text, uint64_t *ret_number)
{
	struct slice word = take_word(text);
	uint64_t number = 0;

	for (size_t i = 0; i < word.len; i++)
		if (!is_digit(word.ptr[i]) || __builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, (uint64_t)(word.ptr[i] - '0'), &number))
			return false;
	*ret_number = number;
	return word.len > 0;
}

/* Digits, and perhaps a point and digits; the locale has no say. */
static bool take_decimal(struct slice *text, double *ret_number)
{
	struct slice word = take_word(text);
	double number = 0, scale = 1;
	bool point = false;

	if (word.len == 0 || !is_digit(word.ptr[0]))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (!is_digit(word.ptr[i]))
			return false;
		number = number * 10 + (word.ptr[i] - '0');
		scale *= point ? 10 : 1;
	}
	*ret_number = number / scale;
	return true;
}

static void next_line(struct slice *text)
{
	const char *newline = text->len ? memchr(text->ptr, '\n', text->len) : NULL;

	*text = newline ? skip(*text, (size_t)(newline - text->ptr) + 1) : SLICE("");
}

int proc_parse_stat(struct slice text, struct proc_cpu *ret_cpu)
{
	/* user nice system idle iowait irq softirq steal; what follows is in user already. */
	enum { IDLE = 3, IOWAIT = 4, FIELDS = 8 };
	struct proc_cpu cpu = { 0, 0 };

	if (!slice_eq(take_word(&text), SLICE("cpu")))
		return -EBADMSG;
	for (int i = 0; i < FIELDS; i++) {
		uint64_t ticks;

		if (!take_number(&text, &ticks))
			return -EBADMSG;
		cpu.total += ticks;
		if (i != IDLE && i != IOWAIT)
			cpu.busy += ticks;
	}
	*ret_cpu = cpu;
	return 0;
}

int proc_parse_meminfo(struct slice text, struct proc_memory *ret_memory)
{
	struct proc_memory memory = { 0, 0 };
	bool has_total = false, has_available = false;

	for (; text.len; next_line(&text)) {
		struct slice key = take_word(&text);

		if (slice_eq(key, SLICE("MemTotal:")))
			has_total = take_number(&text, &memory.total);
		else if (slice_eq(key, SLICE("MemAvailable:")))
			has_available = take_number(&text, &memory.available);
	}
	if (!has_total || !has_available || memory.available > memory.total ||
		memory.total > UINT64_MAX / 1024)
		return -EBADMSG;
	*ret_memory = (struct proc_memory){ memory.total * 1024, memory.available * 1024 };
	return 0;
}

int proc_parse_loadavg(struct slice text, double ret_load[3])
{
	double load[3];

	for (int i = 0; i < 3; i++)
		if (!take_decimal(&text, &load[i]))
			return -EBADMSG;
	memcpy(ret_load, load, sizeof(load));
	return 0;
}

int proc_parse_uptime(struct slice text, double *ret_seconds)
{
	return take_decimal(&text, ret_seconds) ? 0 : -EBADMSG;
}

int proc_parse_pid_stat(struct slice text, struct proc_times *ret_times)
{
	/* Counted from the state, which is field 3: utime is 14, stime 15, starttime 22. */
	enum { UTIME = 14 - 3, STIME = 15 - 3, START = 22 - 3 };
	/* The name may hold anything, brackets and blanks too; what follows it has no bracket. */
	const char *bracket = text.len ? memrchr(text.ptr, ')', text.len) : NULL;
	struct proc_times times = { 0, 0 };

	if (!bracket)
		return -EBADMSG;
	text = skip(text, (size_t)(bracket - text.ptr) + 1);
	for (int i = 0; i <= START; i++) {
		uint64_t number = 0;

		if (i != UTIME && i != STIME && i != START) {
			if (take_word(&text).len == 0)
				return -EBADMSG;
			continue;
		}
		if (!take_number(&text, &number))
			return -EBADMSG;
		if (i == START)
			times.start = number;
		else
			times.cpu += number;
	}
	*ret_times = times;
	return 0;
}

int proc_parse_statm(struct slice text, uint64_t *ret_pages)
{
	uint64_t size, pages;

	if (!take_number(&text, &size) || !take_number(&text, &pages))
		return -EBADMSG;
	*ret_pages = pages;
	return 0;
}
