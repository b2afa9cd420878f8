/* port.c - whether someone listens on a port already */
/* SPDX-License-Identifier: MIT */
#include "ctl/port.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Without SO_REUSEPORT, so that those who share it are in the way, too. */
static bool cannot_bind(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	bool in_use;

	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	in_use = bind(fd, address->ai_addr, address->ai_addrlen) < 0 && errno == EADDRINUSE;
	close(fd);
	return in_use;
}

bool port_in_use(const char *address, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *found;
	bool in_use = false;

	if (strcmp(port, "0") == 0 || address[0] == '\0')
		return false;
	if (getaddrinfo(strcmp(address, "*") == 0 ? NULL : address, port, &hints, &found) != 0)
		return false;
	for (struct addrinfo *at = found; at && !in_use; at = at->ai_next)
		in_use = cannot_bind(at);
	freeaddrinfo(found);
	return in_use;
}
