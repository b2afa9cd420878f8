/* pages.c - the directory that files are served from */
/* SPDX-License-Identifier: MIT */
#include "gateway/pages.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"

/* NULL if that cannot be told. */
static char *installed_pages(void)
{
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (len <= 0)
		return NULL;
	program[len] = '\0';
	return mem_printf("%s/../share/atrium/static", dirname(program));
}

void pages_open(struct pages *pages, const char *path)
{
	_cleanup_(mem_freep) char *installed = *path ? NULL : installed_pages();

	pages_done(pages);
	pages->dir = *path || installed ? static_dir_open(*path ? path : installed) : -ENOENT;
	/* that there are none is nothing to be told of where none were asked for */
	if (pages->dir < 0 && *path)
		log_warn("static_dir", "path=%s error=%s", log_quote(slice_of(path)),
			log_quote(slice_of(strerror(-pages->dir))));
}

void pages_init(struct pages *pages, const char *path)
{
	pages->dir = -1;
	pages_open(pages, path);
}

void pages_done(struct pages *pages)
{
	if (pages->dir >= 0)
		close(pages->dir);
	pages->dir = -1;
}

enum refusal pages_put(const struct pages *pages, const struct reply *reply, struct slice name,
	const struct static_ask *ask, int *ret_file, uint64_t *ret_size)
{
	struct static_file file;
	int r;

	if (pages->dir < 0)
		return REFUSAL_NO_PAGES;
	r = static_open(pages->dir, name, ask, &file);
	if (r < 0 && r != -ENOENT)
		log_warn("static_open", "file=%s error=%s", log_quote(name),
			log_quote(slice_of(strerror(-r))));
	if (r < 0)
		return r == -ENOENT ? REFUSAL_NOT_FOUND : REFUSAL_BUSY;
	if (static_reply(reply, name, &file, ask) && !reply->head_only && file.size) {
		*ret_file = file.fd;
		*ret_size = file.size;
	} else {
		close(file.fd);
	}
	return REFUSAL_NONE;
}
