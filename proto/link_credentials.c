/* link_credentials.c - who is at the other end of a link's Unix socket, as the kernel says */
/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "proto/event.h"
#include "proto/link_internal.h"

bool link_peer_credentials(const struct link_peer *peer, struct link_credentials *ret_credentials)
{
	if (peer->known)
		*ret_credentials = peer->credentials;
	return peer->known;
}

/* Takes `:NUMBER` off the end of `text`. */
static bool take_number(struct slice *text, uint32_t *ret_number)
{
	size_t colon = text->len;
	uint64_t number;

	while (colon > 0 && text->ptr[colon - 1] != ':')
		colon--;
	if (colon == 0 ||
		!event_offset_parse(slice_make(text->ptr + colon, text->len - colon), &number) ||
		number > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)number;
	text->len = colon - 1;
	return true;
}

bool link_credentials_parse(const char *address, struct link_credentials *ret_credentials)
{
	struct slice text = slice_of(address);
	uint32_t uid, gid, pid;

	if (!take_number(&text, &pid) || !take_number(&text, &gid) || !take_number(&text, &uid))
		return false;
	*ret_credentials = (struct link_credentials){ uid, gid, (pid_t)pid };
	return true;
}
