/* handler_access.c - which process may be a handler: its user and groups, by the settings */
/* SPDX-License-Identifier: MIT */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "hub/handlers.h"
#include "proto/base/mem.h"

enum {
	RECORD_MAX = 64 * 1024, /* bytes of an entry of passwd or group */
	GROUPS_MAX = 1024, /* of a user */
	/* What the kernel says of a user that it cannot name here: no one in particular. */
	NOBODY = 65534,
};

static bool has_user(char *const *names, uid_t uid)
{
	_cleanup_(mem_freep) char *room = mem_alloc(RECORD_MAX);
	struct passwd entry, *found;

	for (; *names; names++)
		if (getpwnam_r(*names, &entry, room, RECORD_MAX, &found) == 0 && found &&
			found->pw_uid == uid)
			return true;
	return false;
}

/* The groups of a user, and that of the process, in `ret_groups`; returns how many. */
static int groups_of(uid_t uid, gid_t gid, gid_t ret_groups[GROUPS_MAX])
{
	_cleanup_(mem_freep) char *room = mem_alloc(RECORD_MAX);
	struct passwd entry, *found;
	int count = GROUPS_MAX;

	ret_groups[0] = gid;
	if (getpwuid_r(uid, &entry, room, RECORD_MAX, &found) != 0 || !found)
		return 1;
	/* It puts `gid` among them; with more than there is room for, that alone counts. */
	return getgrouplist(found->pw_name, gid, ret_groups, &count) < 0 ? 1 : count;
}

static bool has_group(char *const *names, uid_t uid, gid_t gid)
{
	_cleanup_(mem_freep) gid_t *groups = mem_array(GROUPS_MAX, sizeof(*groups));
	_cleanup_(mem_freep) char *room = mem_alloc(RECORD_MAX);
	int count = *names ? groups_of(uid, gid, groups) : 0;
	struct group entry, *found;

	for (; *names; names++) {
		if (getgrnam_r(*names, &entry, room, RECORD_MAX, &found) != 0 || !found)
			continue;
		for (int i = 0; i < count; i++)
			if (groups[i] == found->gr_gid)
				return true;
	}
	return false;
}

static bool is_ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

const char *handlers_refuse(
	const struct handlers *handlers, struct slice name, uid_t uid, gid_t gid)
{
	const struct handler *handler = handlers_find(handlers, name);
	bool good;

	if (uid == NOBODY)
		return "its user cannot be told from others";
	if (!handler || !handler->listed) {
		if (handlers->mode != HANDLERS_OPEN)
			return "there is no section [handler] of this name, and [hub] handlers is "
			       "closed";
		return is_ours(uid) ? NULL : "without a section [handler] only the hub's user may";
	}
	if (!*handler->settings->user && !*handler->settings->group)
		good = is_ours(uid);
	else
		good = has_user(handler->settings->user, uid) ||
			has_group(handler->settings->group, uid, gid);
	return good ? NULL : "its user may not be this handler";
}
