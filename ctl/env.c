/* env.c - an environment for another program: a copy of one, with changes */
/* SPDX-License-Identifier: MIT */
#include "ctl/env.h"

#include <stdbool.h>
#include <string.h>

#include "proto/base/mem.h"

static bool is_named(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/* The index, or the count if it is not there. */
static size_t find(const struct env *env, const char *name)
{
	size_t i = 0;

	while (i < env->count && !is_named(env->entries[i], name))
		i++;
	return i;
}

void env_init(struct env *env, char *const *from)
{
	size_t count = 0;

	while (from[count])
		count++;
	env->entries = mem_array(count + 1, sizeof(*env->entries));
	env->count = count;
	for (size_t i = 0; i < count; i++)
		env->entries[i] = mem_strdup(from[i]);
}

void env_done(struct env *env)
{
	for (size_t i = 0; i < env->count; i++)
		mem_free(env->entries[i]);
	mem_free(env->entries);
	*env = (struct env){ NULL, 0 };
}

void env_set(struct env *env, const char *name, const char *value)
{
	size_t at = find(env, name);

	if (at == env->count) {
		env->entries = mem_realloc(env->entries, env->count + 2, sizeof(*env->entries));
		env->entries[++env->count] = NULL;
	} else {
		mem_free(env->entries[at]);
	}
	env->entries[at] = mem_printf("%s=%s", name, value);
}

void env_unset(struct env *env, const char *name)
{
	size_t at = find(env, name);

	if (at == env->count)
		return;
	mem_free(env->entries[at]);
	env->count--;
	memmove(env->entries + at, env->entries + at + 1,
		(env->count - at + 1) * sizeof(*env->entries));
}

const char *env_get(const struct env *env, const char *name)
{
	size_t at = find(env, name);

	return at < env->count ? env->entries[at] + strlen(name) + 1 : NULL;
}
