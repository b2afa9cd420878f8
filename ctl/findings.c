/* findings.c - what several programs say is wrong with one file, each once and in its order */
/* SPDX-License-Identifier: MIT */
#include "ctl/findings.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/mem.h"

/* The colon in front of a line's number, the first that has `: ` after digits. */
static const char *find_number(const char *text)
{
	for (const char *colon = strchr(text, ':'); colon; colon = strchr(colon + 1, ':')) {
		size_t digits = strspn(colon + 1, "0123456789");

		if (digits && colon[1 + digits] == ':' && colon[2 + digits] == ' ')
			return colon;
	}
	return NULL;
}

static struct finding parse(struct slice line)
{
	_cleanup_(mem_freep) char *text = slice_dup(line);
	const char *colon = find_number(text);
	struct finding found = { .file = NULL };
	char *end;

	if (!colon) {
		found.message = mem_strdup(text);
		return found;
	}
	found.file = mem_strndup(text, (size_t)(colon - text));
	found.line = strtoul(colon + 1, &end, 10);
	found.message = mem_strdup(end + 2);
	return found;
}

static bool same(const struct finding *a, const struct finding *b)
{
	return a->line == b->line && !a->file == !b->file &&
		(!a->file || strcmp(a->file, b->file) == 0) && strcmp(a->message, b->message) == 0;
}

static void free_row(struct finding *row)
{
	mem_free(row->file);
	mem_free(row->message);
}

static void add_line(struct findings *findings, struct slice line)
{
	struct finding found = parse(line);

	for (size_t i = 0; i < findings->count; i++) {
		if (same(&findings->rows[i], &found)) {
			free_row(&found);
			return;
		}
	}
	findings->rows = mem_realloc(findings->rows, findings->count + 1, sizeof(*findings->rows));
	findings->rows[findings->count++] = found;
}

void findings_add(struct findings *findings, struct slice lines)
{
	while (lines.len) {
		const char *newline = memchr(lines.ptr, '\n', lines.len);
		size_t len = newline ? (size_t)(newline - lines.ptr) : lines.len;

		if (len)
			add_line(findings, slice_make(lines.ptr, len));
		len += newline != NULL;
		lines = slice_make(lines.ptr + len, lines.len - len);
	}
}

/* Few, and those of one line stay in the order in which they came: so by insertion. */
void findings_sort(struct findings *findings)
{
	for (size_t i = 1; i < findings->count; i++) {
		struct finding row = findings->rows[i];
		size_t at = i;

		/* 0 - 1 is the largest: what has no line comes last. */
		while (at > 0 && findings->rows[at - 1].line - 1 > row.line - 1) {
			findings->rows[at] = findings->rows[at - 1];
			at--;
		}
		findings->rows[at] = row;
	}
}

void findings_done(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free_row(&findings->rows[i]);
	mem_free(findings->rows);
	*findings = (struct findings){ .count = 0 };
}
