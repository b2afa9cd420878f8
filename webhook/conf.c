/* conf.c - the settings of one endpoint, and what is wrong with them */
/* SPDX-License-Identifier: MIT */
#include "webhook/conf.h"

/* clang-format off */
static const char *const names[WEBHOOK_EVENTS] = {
#define EVENT(NAME, name, what, help) #name,
#include "webhook/events.def"
#undef EVENT
};

static const enum handler_what whats[WEBHOOK_EVENTS] = {
#define EVENT(NAME, name, what, help) HANDLER_##what,
#include "webhook/events.def"
#undef EVENT
};
/* clang-format on */

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '-';
}

const char *conf_label_check(struct slice label)
{
	bool good = label.len > 0 && label.len <= CONF_LABEL_MAX;

	for (size_t i = 0; good && i < label.len; i++)
		good = is_name_byte(label.ptr[i]);
	return good ? NULL : "an endpoint's name is 1 to 56 of A-Z a-z 0-9 _ -";
}

/* Nothing that a header or a log line could be broken with. */
static bool is_visible(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	return true;
}

const char *conf_url_check(struct slice url)
{
	size_t start, end;

	if (url.len == 0)
		return NULL;
	start = slice_starts(url, SLICE("https://"))  ? 8
		: slice_starts(url, SLICE("http://")) ? 7
						      : 0;
	if (start == 0 || !is_visible(url))
		return "a URL begins with https:// or http:// and is ASCII without spaces";
	end = start;
	while (end < url.len && !strchr("/?#", url.ptr[end]))
		end++;
	if (end == start || url.ptr[start] == ':')
		return "the URL names no host";
	if (memchr(url.ptr + start, '@', end - start))
		return "no user or password in a URL: headers_file is for what is secret";
	if (memchr(url.ptr, '#', url.len))
		return "a URL that is posted to has no fragment";
	return NULL;
}

const char *conf_event_name(enum webhook_event event)
{
	return names[event];
}

const char *conf_event_check(struct slice name)
{
	for (size_t i = 0; i < WEBHOOK_EVENTS; i++)
		if (slice_eq(name, slice_of(names[i])))
			return NULL;
	return "an event is message, connect, disconnect, occupied or vacated";
}

const char *conf_type_check(struct slice type)
{
	return event_type_valid(type) ? NULL : "a type has 1 to 64 bytes";
}

static bool has(char *const *list, struct slice word)
{
	for (; *list; list++)
		if (slice_eq(slice_of(*list), word))
			return true;
	return false;
}

bool conf_wants(const struct webhook_conf *conf, enum webhook_event event)
{
	return has(conf->events, slice_of(names[event]));
}

bool conf_wants_type(const struct webhook_conf *conf, struct slice type)
{
	return !conf->types[0] || has(conf->types, type);
}

unsigned conf_what(const struct webhook_conf *conf)
{
	unsigned what = 0;

	for (enum webhook_event event = 0; event < WEBHOOK_EVENTS; event++)
		if (conf_wants(conf, event))
			what |= whats[event];
	return what;
}
