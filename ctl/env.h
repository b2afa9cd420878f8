/* env.h - an environment for another program: a copy of one, with changes */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_ENV_H
#define CTL_ENV_H

#include <stddef.h>

struct env {
	char **entries; /* NAME=VALUE, and NULL at the end: fit for execve() */
	size_t count;
};

void env_init(struct env *env, char *const *from);
void env_done(struct env *env);
void env_set(struct env *env, const char *name, const char *value);
void env_unset(struct env *env, const char *name);
const char *env_get(const struct env *env, const char *name); /* NULL: not there */

#endif
