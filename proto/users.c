/* users.c - the file of users and their hashed passwords: NAME:admin:HASH, a line each */
/* SPDX-License-Identifier: MIT */
#include "proto/users.h"

#include <crypt.h>

#include "proto/base/mem.h"
#include "proto/event.h"

/* Someone's whom there is not, so that one who asks cannot tell by the time. */
#define NOBODY "$y$j9T$AAAAAAAAAAAAAAAAAAAAA/$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/"

bool users_name_valid(struct slice name)
{
	return name.len <= USERS_NAME_MAX && event_nickname_valid(name, USERS_NAME_MAX) &&
		!memchr(name.ptr, ':', name.len);
}

bool users_password_valid(struct slice password)
{
	return password.len > 0 && password.len <= USERS_PASSWORD_MAX &&
		!memchr(password.ptr, '\0', password.len);
}

/* Up to `end`, which is taken too; or all there is. */
static struct slice cut(struct slice *rest, char end)
{
	const char *at = rest->len ? memchr(rest->ptr, end, rest->len) : NULL;
	struct slice part = slice_make(rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len);

	*rest = slice_make(rest->ptr + part.len, rest->len - part.len);
	if (at)
		*rest = slice_make(rest->ptr + 1, rest->len - 1);
	return part;
}

static bool read_line(struct slice line, struct user_line *ret_user)
{
	struct slice name = cut(&line, ':'), role = cut(&line, ':');

	if (!users_name_valid(name) || line.len == 0 || memchr(line.ptr, ':', line.len))
		return false;
	if (role.len && !slice_eq(role, SLICE("admin")))
		return false;
	*ret_user = (struct user_line){ .name = name, .hash = line, .admin = role.len > 0 };
	return true;
}

bool users_next(struct slice *rest, struct user_line *ret_user)
{
	while (rest->len)
		if (read_line(cut(rest, '\n'), ret_user))
			return true;
	return false;
}

bool users_find(struct slice text, struct slice name, struct user_line *ret_user)
{
	struct user_line user;

	while (users_next(&text, &user))
		if (slice_eq(user.name, name)) {
			*ret_user = user;
			return true;
		}
	return false;
}

void users_write(struct buf *out, const struct user_line *user)
{
	buf_put(out, user->name);
	buf_put(out, user->admin ? SLICE(":admin:") : SLICE("::"));
	buf_put(out, user->hash);
	buf_putc(out, '\n');
}

char *users_hash(const char *password)
{
	struct crypt_data *data = mem_alloc(sizeof(*data));
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash = NULL;
	char *copy = NULL;

	if (crypt_gensalt_rn("$y$", 0, NULL, 0, salt, sizeof(salt)))
		hash = crypt_r(password, salt, data);
	if (hash && hash[0] == '$')
		copy = mem_strdup(hash);
	explicit_bzero(data, sizeof(*data));
	mem_free(data);
	return copy;
}

/* In time that does not depend on where they differ. */
static bool is_same(struct slice a, const char *b)
{
	size_t len = strlen(b);
	unsigned char differ = a.len != len;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)((i < a.len ? a.ptr[i] : 0) ^ b[i]);
	return !differ;
}

bool users_check(struct slice hash, const char *password)
{
	_cleanup_(mem_freep) char *setting = slice_dup(hash.len ? hash : SLICE(NOBODY));
	struct crypt_data *data = mem_alloc(sizeof(*data));
	const char *made = crypt_r(password, setting, data);
	/* What crypt() cannot do begins with a star. */
	bool good = hash.len && made && made[0] == '$' && is_same(hash, made);

	explicit_bzero(data, sizeof(*data));
	mem_free(data);
	return good;
}
