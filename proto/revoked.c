/* revoked.c - tokens that are good no longer: by their jti, or a user's of before a time */
/* SPDX-License-Identifier: MIT */
#include "proto/revoked.h"

#include <errno.h>
#include <inttypes.h>

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/event.h"

/* Under 'j' and the jti, or 'u' and the user: the two have nothing to do with each other. */
struct revoked_entry {
	UT_hash_handle hh;
	int64_t before;
	int64_t expires;
	size_t len;
	char key[];
};

struct revoked {
	struct revoked_entry *entries;
};

static bool name_valid(struct slice name)
{
	return name.len <= REVOKED_NAME_MAX && event_nickname_valid(name, REVOKED_NAME_MAX);
}

static const int64_t time_max = 253402300799; /* the last second of the year 9999 */

static bool time_valid(int64_t time)
{
	return time >= 0 && time <= time_max;
}

bool revocation_valid(const struct revocation *revocation)
{
	if (!time_valid(revocation->before) || !time_valid(revocation->expires))
		return false;
	if (revocation->jti.len)
		return revocation->user.len == 0 && revocation->before == 0 &&
			name_valid(revocation->jti);
	return revocation->before > 0 && name_valid(revocation->user);
}

struct revoked *revoked_new(void)
{
	return mem_alloc(sizeof(struct revoked));
}

static void forget(struct revoked *revoked, struct revoked_entry *entry)
{
	HASH_DEL(revoked->entries, entry);
	mem_free(entry);
}

void revoked_free(struct revoked *revoked)
{
	if (!revoked)
		return;
	while (revoked->entries)
		forget(revoked, revoked->entries);
	mem_free(revoked);
}

size_t revoked_count(const struct revoked *revoked)
{
	return HASH_COUNT(revoked->entries);
}

static struct revoked_entry *find(const struct revoked *revoked, char kind, struct slice name)
{
	char key[1 + REVOKED_NAME_MAX];
	struct revoked_entry *entry = NULL;

	if (name.len == 0 || name.len > REVOKED_NAME_MAX)
		return NULL;
	key[0] = kind;
	memcpy(key + 1, name.ptr, name.len);
	HASH_FIND(hh, revoked->entries, key, name.len + 1, entry);
	return entry;
}

static struct revoked_entry *add(struct revoked *revoked, char kind, struct slice name)
{
	struct revoked_entry *entry = mem_alloc(sizeof(*entry) + name.len + 1);

	entry->len = name.len + 1;
	entry->key[0] = kind;
	memcpy(entry->key + 1, name.ptr, name.len);
	HASH_ADD_KEYPTR(hh, revoked->entries, entry->key, entry->len, entry);
	return entry;
}

static struct revoked_entry *find_same(
	const struct revoked *revoked, const struct revocation *revocation)
{
	return revocation->jti.len ? find(revoked, 'j', revocation->jti)
				   : find(revoked, 'u', revocation->user);
}

void revoked_add(struct revoked *revoked, const struct revocation *revocation)
{
	struct revoked_entry *entry = find_same(revoked, revocation);

	if (!entry) {
		entry = revocation->jti.len ? add(revoked, 'j', revocation->jti)
					    : add(revoked, 'u', revocation->user);
		entry->expires = revocation->expires;
	}
	if (revocation->before > entry->before)
		entry->before = revocation->before;
	if (revocation->expires == 0)
		entry->expires = 0;
	else if (entry->expires && revocation->expires > entry->expires)
		entry->expires = revocation->expires;
}

bool revoked_knows(const struct revoked *revoked, const struct revocation *revocation)
{
	return find_same(revoked, revocation) != NULL;
}

bool revoked_has(const struct revoked *revoked, struct slice user, struct slice jti, int64_t issued)
{
	const struct revoked_entry *entry = find(revoked, 'u', user);

	return (entry && issued < entry->before) || find(revoked, 'j', jti) != NULL;
}

int64_t revoked_before(const struct revoked *revoked, struct slice user)
{
	const struct revoked_entry *entry = find(revoked, 'u', user);

	return entry ? entry->before : 0;
}

size_t revoked_prune(struct revoked *revoked, int64_t now_s)
{
	struct revoked_entry *entry, *next;
	size_t count = 0;

	for (entry = revoked->entries; entry; entry = next) {
		next = entry->hh.next;
		if (entry->expires == 0 || entry->expires > now_s)
			continue;
		forget(revoked, entry);
		count++;
	}
	return count;
}

const struct revoked_entry *revoked_next(const struct revoked *revoked,
	const struct revoked_entry *after, struct revocation *ret_revocation)
{
	const struct revoked_entry *entry = after ? after->hh.next : revoked->entries;
	struct slice name;

	if (!entry)
		return NULL;
	name = slice_make(entry->key + 1, entry->len - 1);
	*ret_revocation = (struct revocation){ .before = entry->before, .expires = entry->expires };
	if (entry->key[0] == 'j')
		ret_revocation->jti = name;
	else
		ret_revocation->user = name;
	return entry;
}

void revoked_write(struct buf *out, const struct revocation *revocation)
{
	buf_printf(out, "%s %" PRId64 " %" PRId64 " ", revocation->jti.len ? "jti" : "user",
		revocation->before, revocation->expires);
	/* Last, for it may have spaces; it has no control characters. */
	buf_put(out, revocation->jti.len ? revocation->jti : revocation->user);
	buf_putc(out, '\n');
}

static bool cut_word(struct slice *rest, struct slice *ret_word)
{
	const char *space = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;

	if (!space)
		return false;
	*ret_word = slice_make(rest->ptr, (size_t)(space - rest->ptr));
	*rest = slice_make(space + 1, rest->len - ret_word->len - 1);
	return true;
}

static bool cut_time(struct slice *rest, int64_t *ret_time)
{
	struct slice word;
	int64_t time = 0;

	if (!cut_word(rest, &word) || word.len == 0 || word.len > 15)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return false;
		time = time * 10 + (word.ptr[i] - '0');
	}
	*ret_time = time;
	return true;
}

int revoked_read(struct slice line, struct revocation *ret_revocation)
{
	struct revocation revocation = { .before = 0 };
	struct slice kind;

	if (!cut_word(&line, &kind) || !cut_time(&line, &revocation.before) ||
		!cut_time(&line, &revocation.expires))
		return -EINVAL;
	if (slice_eq(kind, SLICE("jti")))
		revocation.jti = line;
	else if (slice_eq(kind, SLICE("user")))
		revocation.user = line;
	if (!revocation_valid(&revocation))
		return -EINVAL;
	*ret_revocation = revocation;
	return 0;
}
