/* post.c - who publishes by HTTP POST, on a connection that is kept */
/* SPDX-License-Identifier: MIT */
#include "tests/bench/load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void post_queue(struct client *client, const char *body, size_t len)
{
	char head[PATH_SIZE];
	int head_len = snprintf(head, sizeof(head),
		"POST /publish/bench-%u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		"Content-Length: %zu\r\n\r\n",
		client->room, options.port, len);

	client_queue(client, head, (size_t)head_len);
	client_queue(client, body, len);
}

size_t post_take(const char *in, size_t have)
{
	const char *end = memmem(in, have, "\r\n\r\n", 4), *length;
	size_t whole;

	if (!end)
		return 0;
	if (strncmp(in, "HTTP/1.1 2", 10))
		fail("POST refused: %.*s", (int)strcspn(in, "\r"), in);
	whole = (size_t)(end + 4 - in);
	length = memmem(in, whole, "\r\nContent-Length: ", 18);
	if (length)
		whole += strtoul(length + 18, NULL, 10);
	return whole <= have ? whole : 0;
}
