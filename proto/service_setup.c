/* service_setup.c - how a daemon starts: options, settings, directories */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/service_internal.h"
#include "proto/version.h"

#define DEFAULT_CONF "/etc/atrium/atrium.conf"
#define DEFAULT_RUNTIME_DIR "/run/atrium"

enum { MAX_INSTANCE = 999, DIR_MODE = 0750, LOCK_MODE = 0640 };

static const enum log_level log_levels[] = { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG };

#define KEY(type, member, ...) CONF_KEY(type, struct common_conf, member, __VA_ARGS__)

/* clang-format off */
static const struct conf_key common_keys[] = {
	KEY(CONF_STRING, runtime_dir, .def = "",
		.help = "directory of the sockets; empty: $RUNTIME_DIRECTORY, /run/atrium or $XDG_RUNTIME_DIR/atrium"),
	KEY(CONF_STRING, state_dir, .def = "",
		.help = "directory of what is kept; empty: $STATE_DIRECTORY"),
	KEY(CONF_CHOICE, log_level, .def = "info", .choices = "error|warn|info|debug",
		 .reload = true, .help = "how much to log"),
	{ .name = NULL },
};

/* One file serves all processes: these sections are some process's, if not ours. */
static const char *const known_sections[] = {
#define PROCESS(NAME, name, code) #name,
#include "proto/processes.def"
#undef PROCESS
	"room", "alert", "handler",
};
/* clang-format on */

enum { KNOWN = sizeof(known_sections) / sizeof(*known_sections) };

static void build_tables(struct service *service)
{
	const struct conf_section *own = service->def->sections;
	size_t count = 0, foreign = 0;

	while (own[count].name)
		count++;
	service->sections = mem_array(count + 2, sizeof(*service->sections));
	service->sections[0] = (struct conf_section){
		.name = "atrium", .keys = common_keys, .size = sizeof(struct common_conf)
	};
	memcpy(service->sections + 1, own, count * sizeof(*own));
	service->foreign = mem_array(KNOWN + 1, sizeof(*service->foreign));
	for (size_t i = 0; i < KNOWN; i++) {
		bool ours = false;

		for (size_t j = 0; j < count; j++)
			ours |= strcmp(own[j].name, known_sections[i]) == 0;
		if (!ours)
			service->foreign[foreign++] = known_sections[i];
	}
}

static void print_help(const struct service *service, const char *program)
{
	printf("%s - %s\n\n"
	       "Usage: %s [OPTION]...\n\n"
	       "  -c, --config FILE  read settings from FILE\n"
	       "                     (default: $ATRIUM_CONF, else " DEFAULT_CONF " if it exists)\n"
	       "  -n, --check        check the settings, print them and exit; with -v explain each\n"
	       "  -v, --verbose      log more\n",
		program, service->def->summary, program);
	if (service->def->instances)
		printf("      --instance N   which of several on this machine, 1 to %d (default 1)\n",
			MAX_INSTANCE);
	printf("      --version      print the version and exit\n"
	       "  -h, --help         print this and exit\n\n"
	       "Each setting can also be given in the environment, as ATRIUM_<SECTION>_<KEY>.\n"
	       "SIGHUP reads the settings again; SIGTERM ends in order.\n");
}

static int usage_error(const char *program, const char *what)
{
	fprintf(stderr, "%s: %s\nTry '%s --help'.\n", program, what, program);
	return SERVICE_EXIT_USAGE;
}

static int parse_instance(struct service *service, const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (!service->def->instances || *end || end == text || number < 1 || number > MAX_INSTANCE)
		return -EINVAL;
	service->instance = (unsigned)number;
	return 0;
}

/* -1: go on; else the exit status. */
static int parse_options(struct service *service, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "instance", required_argument, NULL, 'i' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *program = program_invocation_short_name;
	int option;

	while ((option = getopt_long(argc, argv, "c:nvh", options, NULL)) != -1) {
		if (option == 'c') {
			mem_free(service->conf_path);
			service->conf_path = mem_strdup(optarg);
		} else if (option == 'n') {
			service->check_only = true;
		} else if (option == 'v') {
			service->verbose = true;
		} else if (option == 'i') {
			if (parse_instance(service, optarg) < 0)
				return usage_error(program,
					"--instance is not for this program, or not a number from 1 to 999");
		} else if (option == 'V') {
			printf("%s %s\n", program, ATRIUM_VERSION);
			return 0;
		} else if (option == 'h') {
			print_help(service, program);
			return 0;
		} else {
			return usage_error(program, "unknown option");
		}
	}
	return optind < argc ? usage_error(program, "it takes no arguments") : -1;
}

static void find_conf(struct service *service)
{
	const char *path = getenv("ATRIUM_CONF");

	if (service->conf_path)
		return;
	if (path && *path)
		service->conf_path = mem_strdup(path);
	else if (access(DEFAULT_CONF, F_OK) == 0)
		service->conf_path = mem_strdup(DEFAULT_CONF);
}

int service_load_conf(struct service *service, struct conf **ret_conf, struct buf *ret_errors)
{
	struct conf *conf = conf_new(service->sections, service->foreign);
	int r = conf_load(conf, service->conf_path, environ, ret_errors);

	if (r < 0) {
		if (ret_errors->len == 0)
			buf_printf(ret_errors, "%s: %s\n", service->conf_path, strerror(-r));
		conf_free(conf);
		return r;
	}
	*ret_conf = conf;
	return 0;
}

void service_apply_log_level(struct service *service)
{
	const struct common_conf *common = conf_get(service->conf, "atrium");

	log_set_level(service->verbose ? LOG_LEVEL_DEBUG : log_levels[common->log_level]);
}

int service_setup(struct service *service, int argc, char **argv)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	int r = parse_options(service, argc, argv);

	if (r >= 0)
		return r;
	build_tables(service);
	find_conf(service);
	if (service_load_conf(service, &service->conf, &text) < 0) {
		fputs(buf_cstr(&text), stderr);
		return SERVICE_EXIT_USAGE;
	}
	if (service->check_only) {
		conf_print(service->conf, &text, service->verbose);
		return fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0
			? 0
			: 1;
	}
	service->name = service->def->instances
		? mem_printf("%s-%u", process_name(service->def->process), service->instance)
		: mem_strdup(process_name(service->def->process));
	return -1;
}

/* With `mkdir -p` for the last part only: the rest is the administrator's. */
static int make_dir(const char *path)
{
	struct stat st;

	if (mkdir(path, DIR_MODE) < 0 && errno != EEXIST)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static char *find_runtime_dir(const struct service *service)
{
	const struct common_conf *common = conf_get(service->conf, "atrium");
	const char *given = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");

	if (*common->runtime_dir)
		return mem_strdup(common->runtime_dir);
	if (given && *given)
		return mem_strndup(given, strcspn(given, ":"));
	if (make_dir(DEFAULT_RUNTIME_DIR) == 0 && access(DEFAULT_RUNTIME_DIR, W_OK) == 0)
		return mem_strdup(DEFAULT_RUNTIME_DIR);
	return user && *user ? mem_printf("%s/atrium", user) : mem_strdup(DEFAULT_RUNTIME_DIR);
}

static char *find_state_dir(const struct service *service)
{
	const struct common_conf *common = conf_get(service->conf, "atrium");
	const char *given = getenv("STATE_DIRECTORY");

	if (*common->state_dir)
		return mem_strdup(common->state_dir);
	return given ? mem_strndup(given, strcspn(given, ":")) : mem_strdup("");
}

/* Two of the same name would take each other's sockets away. */
static int take_lock(struct service *service)
{
	_cleanup_(mem_freep) char *path = mem_printf(
		"%s/%s.lock", service->runtime_dir, service->name);

	service->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, LOCK_MODE);
	if (service->lock_fd < 0) {
		int error = errno;

		log_error("lock", "path=%s error=%s", log_quote(slice_of(path)),
			log_quote(slice_of(strerror(error))));
		return -error;
	}
	if (flock(service->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		log_error("already_running", "name=%s runtime_dir=%s", service->name,
			log_quote(slice_of(service->runtime_dir)));
		return -EBUSY;
	}
	return 0;
}

int service_open_dirs(struct service *service)
{
	int r;

	service->runtime_dir = find_runtime_dir(service);
	service->state_dir = find_state_dir(service);
	r = make_dir(service->runtime_dir);
	if (r < 0) {
		log_error("runtime_dir", "path=%s error=%s hint=\"set [atrium] runtime_dir\"",
			log_quote(slice_of(service->runtime_dir)),
			log_quote(slice_of(strerror(-r))));
		return r;
	}
	if (*service->state_dir && (r = make_dir(service->state_dir)) < 0) {
		log_error("state_dir", "path=%s error=%s hint=\"set [atrium] state_dir\"",
			log_quote(slice_of(service->state_dir)), log_quote(slice_of(strerror(-r))));
		return r;
	}
	return take_lock(service);
}
