/* keyfile.c - the secrets that tokens are signed with: DIRECTORY/<kid>.hs256 */
/* SPDX-License-Identifier: MIT */
#include "proto/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/mem.h"

void secret_done(struct secret *secret)
{
	if (secret->bytes)
		explicit_bzero(secret->bytes, secret->len);
	mem_free(secret->bytes);
	*secret = (struct secret){ NULL, 0 };
}

bool keyfile_kid_valid(struct slice kid)
{
	if (kid.len == 0 || kid.len > KEYFILE_KID_MAX || kid.ptr[0] == '.')
		return false;
	for (size_t i = 0; i < kid.len; i++) {
		char c = kid.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

const char *keyfile_problem(int error)
{
	switch (error) {
	case -ENOENT:
		return "there is no such key file";
	case -EPERM:
		return "others may read or write it; a key file has mode 0600";
	case -ERANGE:
		return "a key has 32 to 4096 bytes";
	case -EINVAL:
		return "it is no plain file, or its name is not valid";
	default:
		return strerror(-error);
	}
}

static int read_text(int fd, size_t max, struct buf *out)
{
	/* All of the room at once: nothing secret stays behind in memory that was given up. */
	char *to = buf_reserve(out, max + 1);
	size_t len = 0;

	while (len <= max) {
		ssize_t n = read(fd, to + len, max + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	out->len += len;
	return len > max ? -ERANGE : 0;
}

int keyfile_read_text(const char *path, size_t max, struct buf *out, bool *ret_open)
{
	/* Not to wait for a writer if someone put a FIFO there. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (st.st_mode & S_IWOTH)
		r = -EPERM;
	else
		r = read_text(fd, max, out);
	close(fd);
	if (r == 0 && ret_open)
		*ret_open = st.st_mode & S_IROTH;
	return r;
}

int keyfile_read_path(const char *path, size_t min, struct secret *ret_secret)
{
	struct buf text = { .cap = 0 };
	bool open_to_all = false;
	int r = keyfile_read_text(path, KEYFILE_SECRET_MAX + 1, &text, &open_to_all);
	size_t len = text.len;

	if (r == 0 && open_to_all)
		r = -EPERM;
	if (len > 0 && text.data[len - 1] == '\n')
		len--;
	if (r == 0 && (len < min || len > KEYFILE_SECRET_MAX))
		r = -ERANGE;
	if (r == 0) {
		ret_secret->bytes = mem_alloc(len);
		memcpy(ret_secret->bytes, text.data, len);
		ret_secret->len = len;
	}
	if (text.len)
		explicit_bzero(text.data, text.len);
	buf_done(&text);
	return r;
}

static ssize_t read_whole(int fd, unsigned char *bytes, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int read_open(int fd, size_t max, bool private, struct secret *ret_secret)
{
	_cleanup_(secret_done) struct secret secret = { NULL, max + 2 };
	struct stat st;
	ssize_t n;
	size_t len;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (private && (st.st_mode & (S_IROTH | S_IWOTH)))
		return -EPERM;
	secret.bytes = mem_alloc(secret.len);
	n = read_whole(fd, secret.bytes, secret.len);
	if (n < 0)
		return (int)n;
	len = (size_t)n;
	if (len > 0 && secret.bytes[len - 1] == '\n')
		len--;
	if (len == 0 || len > max)
		return -ERANGE;
	ret_secret->bytes = mem_alloc(len);
	memcpy(ret_secret->bytes, secret.bytes, len);
	ret_secret->len = len;
	return 0;
}

int secret_read(const char *path, size_t max, bool private, struct secret *ret_secret)
{
	/* Not to wait for a writer if someone put a FIFO there. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	if (fd < 0)
		return -errno;
	r = read_open(fd, max, private, ret_secret);
	close(fd);
	return r;
}

int keyfile_read(const char *directory, const char *kid, struct secret *ret_secret)
{
	_cleanup_(mem_freep) char *path = NULL;

	if (!keyfile_kid_valid(slice_of(kid)))
		return -EINVAL;
	path = mem_printf("%s/%s%s", directory, kid, KEYFILE_SUFFIX);
	return keyfile_read_path(path, KEYFILE_SECRET_MIN, ret_secret);
}

/* 64 hexadecimal digits and a newline: 256 random bits that a person can copy. */
static void random_line(char ret_line[65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[32];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		abort();
	for (size_t i = 0; i < sizeof(random); i++) {
		ret_line[2 * i] = digits[random[i] >> 4];
		ret_line[2 * i + 1] = digits[random[i] & 15];
	}
	ret_line[64] = '\n';
	explicit_bzero(random, sizeof(random));
}

static int write_new(const char *path)
{
	char line[65];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = 0;

	if (fd < 0)
		return -errno;
	random_line(line);
	if (write(fd, line, sizeof(line)) != (ssize_t)sizeof(line))
		r = errno ? -errno : -EIO;
	explicit_bzero(line, sizeof(line));
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int keyfile_make(const char *directory, const char *kid)
{
	_cleanup_(mem_freep) char *path = NULL;
	_cleanup_(mem_freep) char *new = NULL;
	int r;

	if (!keyfile_kid_valid(slice_of(kid)))
		return -EINVAL;
	path = mem_printf("%s/%s%s", directory, kid, KEYFILE_SUFFIX);
	new = mem_printf("%s/.%s.%ld.new", directory, kid, (long)getpid());
	unlink(new);
	r = write_new(new);
	/* link() and not rename(): a key that is there is never replaced. */
	if (r == 0 && link(new, path) < 0)
		r = -errno;
	unlink(new);
	return r;
}
