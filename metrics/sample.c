/* sample.c - looks at the machine and at processes: /proc and the disk */
/* SPDX-License-Identifier: MIT */
#include "metrics/sample.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "metrics/proc.h"
#include "proto/base/mem.h"

enum { TEXT_MAX = 65536 }; /* /proc/stat has a line for each processor: its first is what we want */

struct sampler {
	char *proc;
	char *disk;
	uint64_t hz;
	uint64_t page;
	struct proc_cpu cpu;
	double uptime;
	char text[TEXT_MAX];
};

struct sampler *sampler_new(const char *proc, const char *disk)
{
	struct sampler *sampler = mem_alloc(sizeof(*sampler));

	sampler->proc = mem_strdup(proc);
	sampler->disk = mem_strdup(disk);
	sampler->hz = (uint64_t)sysconf(_SC_CLK_TCK);
	sampler->page = (uint64_t)sysconf(_SC_PAGESIZE);
	return sampler;
}

void sampler_free(struct sampler *sampler)
{
	if (!sampler)
		return;
	mem_free(sampler->proc);
	mem_free(sampler->disk);
	mem_free(sampler);
}

/* The text of a file below /proc, as much of it as fits; empty if there is none. */
static struct slice read_text(struct sampler *sampler, const char *name)
{
	char path[256];
	size_t len = 0;
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", sampler->proc, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return SLICE("");
	while (len < TEXT_MAX && (n = read(fd, sampler->text + len, TEXT_MAX - len)) > 0)
		len += (size_t)n;
	close(fd);
	return slice_make(sampler->text, len);
}

static struct slice read_of_process(struct sampler *sampler, uint32_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%u/%s", pid, name);
	return read_text(sampler, path);
}

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

/* ---- the machine ---- */

static void sample_cpu(struct sampler *sampler, struct host *host)
{
	struct proc_cpu before = sampler->cpu, cpu;

	if (proc_parse_stat(read_text(sampler, "stat"), &cpu) < 0)
		return;
	sampler->cpu = cpu;
	host->cpu_busy_seconds = (double)cpu.busy / (double)sampler->hz;
	host->cpu_idle_seconds = (double)(cpu.total - cpu.busy) / (double)sampler->hz;
	/* The first has nothing before it; and iowait may go back a little. */
	if (before.total == 0 || cpu.total <= before.total || cpu.busy < before.busy)
		return;
	host->cpu = percent((double)(cpu.busy - before.busy), (double)(cpu.total - before.total));
	if (host->cpu > 100)
		host->cpu = 100;
}

static void sample_memory(struct sampler *sampler, struct host *host)
{
	struct proc_memory memory;

	if (proc_parse_meminfo(read_text(sampler, "meminfo"), &memory) < 0)
		return;
	host->memory.total = memory.total;
	host->memory.used = memory.total - memory.available;
	host->memory.percent = percent((double)host->memory.used, (double)memory.total);
}

/* In percent as df says it: of what is not kept for root. */
static void sample_disk(struct sampler *sampler, struct host *host)
{
	struct statvfs st;
	uint64_t used;

	if (statvfs(sampler->disk, &st) < 0)
		return;
	used = st.f_blocks - st.f_bfree;
	host->disk.total = st.f_blocks * st.f_frsize;
	host->disk.used = used * st.f_frsize;
	host->disk.percent = percent((double)used, (double)(used + st.f_bavail));
}

void sampler_host(struct sampler *sampler, struct host *host)
{
	sample_cpu(sampler, host);
	sample_memory(sampler, host);
	sample_disk(sampler, host);
	proc_parse_loadavg(read_text(sampler, "loadavg"), host->load);
	proc_parse_uptime(read_text(sampler, "uptime"), &sampler->uptime);
}

/* ---- processes ---- */

/* Since Linux 6.2 the directory's size says it, without an entry for each. 0: it does not. */
static uint64_t fds_told(const char *path)
{
	struct statfs fs;
	struct stat st;

	if (statfs(path, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC || stat(path, &st) < 0)
		return 0;
	return st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

static uint64_t count_fds(const struct sampler *sampler, uint32_t pid)
{
	char path[256];
	struct dirent *entry;
	uint64_t count;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%u/fd", sampler->proc, pid);
	count = fds_told(path);
	if (count)
		return count;
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void sample_process(struct sampler *sampler, struct store_process *process, struct mono now)
{
	const struct usage before = process->usage;
	struct usage usage = { .known = true, .at = now };
	struct proc_times times;
	uint64_t pages;
	double seconds;

	process->usage.known = false;
	if (proc_parse_pid_stat(read_of_process(sampler, process->pid, "stat"), &times) < 0 ||
		proc_parse_statm(read_of_process(sampler, process->pid, "statm"), &pages) < 0)
		return;
	usage.cpu_seconds = (double)times.cpu / (double)sampler->hz;
	usage.start = times.start;
	usage.memory = pages * sampler->page;
	usage.fds = count_fds(sampler, process->pid);
	usage.uptime = sampler->uptime - (double)times.start / (double)sampler->hz;
	if (usage.uptime < 0)
		usage.uptime = 0;
	seconds = (double)mono_ms_until(before.at, now) / 1000;
	if (before.known && before.start == usage.start && usage.cpu_seconds >= before.cpu_seconds)
		usage.cpu = percent(usage.cpu_seconds - before.cpu_seconds, seconds);
	process->usage = usage;
}

void sampler_processes(struct sampler *sampler, const struct store *store, struct mono now)
{
	for (size_t i = 0; i < store_count(store); i++)
		if (store_at(store, i)->up)
			sample_process(sampler, store_at(store, i), now);
}
