/* http_listen.c - the listening socket: handed down, or our own */
/* SPDX-License-Identifier: MIT */
#include "metrics/http_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { BACKLOG = 64 };

/* -ENOENT: nothing was handed down. */
static int inherit(void)
{
	int count = sd_listen_fds(1), fd = SD_LISTEN_FDS_START;

	if (count <= 0)
		return count < 0 ? count : -ENOENT;
	if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
		return -ENOTSOCK;
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ? -errno : fd;
}

static int try_address(const struct addrinfo *address)
{
	int on = 1, off = 0, error;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

/* Any address: IPv6, which takes IPv4 as well, or IPv4 where the kernel has no other. */
static int open_family(const char *address, uint16_t port, int family)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE, .ai_family = family, .ai_socktype = SOCK_STREAM
	};
	struct addrinfo *found;
	char service[8];
	int fd = -EADDRNOTAVAIL;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(address, service, &hints, &found) != 0)
		return fd;
	for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
		fd = try_address(at);
	freeaddrinfo(found);
	return fd;
}

int http_listen(const char *address, uint16_t port, bool *ret_inherited)
{
	int fd = inherit();

	*ret_inherited = fd >= 0;
	if (fd != -ENOENT)
		return fd;
	if (strcmp(address, "*") != 0)
		return open_family(address, port, AF_UNSPEC);
	fd = open_family(NULL, port, AF_INET6);
	return fd >= 0 || fd == -EADDRINUSE ? fd : open_family(NULL, port, AF_INET);
}

unsigned http_listen_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&address)->sin_port);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return 0;
}
