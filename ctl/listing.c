/* listing.c - tables of what a server's API answers */
/* SPDX-License-Identifier: MIT */
#include "ctl/listing.h"

#include <stdio.h>
#include <time.h>

#include "proto/base/mem.h"

static void put_value(struct listing_cell *cell, const json_t *value)
{
	if (json_is_string(value) && json_string_length(value))
		snprintf(cell->text, sizeof(cell->text), "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(cell->text, sizeof(cell->text), "%lld",
			(long long)json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(cell->text, sizeof(cell->text), "%s", json_is_true(value) ? "yes" : "no");
	else
		snprintf(cell->text, sizeof(cell->text), "-");
}

static void put_list(struct listing_cell *cell, const json_t *list)
{
	_cleanup_(buf_done) struct buf all = { .cap = 0 };

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (i)
			buf_putc(&all, ',');
		buf_put(&all, slice_of(json_string_value(json_array_get(list, i))));
	}
	snprintf(cell->text, sizeof(cell->text), "%s", all.len ? buf_cstr(&all) : "-");
}

struct listing_cell listing_cell(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	struct listing_cell cell = { "" };

	if (json_is_array(value))
		put_list(&cell, value);
	else
		put_value(&cell, value);
	return cell;
}

struct listing_cell listing_time(const json_t *object, const char *name)
{
	time_t seconds = (time_t)(json_integer_value(json_object_get(object, name)) / 1000);
	struct listing_cell cell = { "-" };
	struct tm tm;

	if (seconds && localtime_r(&seconds, &tm))
		strftime(cell.text, sizeof(cell.text), "%Y-%m-%d %H:%M:%S", &tm);
	return cell;
}

struct listing_cell listing_span(const json_t *object, const char *name)
{
	long long s = json_integer_value(json_object_get(object, name)) / 1000;
	struct listing_cell cell = { "" };

	if (s < 60)
		snprintf(cell.text, sizeof(cell.text), "%llds", s);
	else if (s < 3600)
		snprintf(cell.text, sizeof(cell.text), "%lldm%02llds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(cell.text, sizeof(cell.text), "%lldh%02lldm", s / 3600, s / 60 % 60);
	else
		snprintf(cell.text, sizeof(cell.text), "%lldd%02lldh", s / 86400, s / 3600 % 24);
	return cell;
}

void listing_print(struct table *table)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };

	table_print(table, &out);
	fputs(buf_cstr(&out), stdout);
	table_done(table);
}

void listing_more(const json_t *result, const char *what, const char *advice)
{
	size_t shown = json_array_size(json_object_get(result, what));
	const char *next = json_string_value(json_object_get(result, "next"));

	if (next)
		fprintf(stderr, "%zu of %lld %s; the next with --after '%s'%s\n", shown,
			(long long)json_integer_value(json_object_get(result, "total")), what, next,
			advice);
}
