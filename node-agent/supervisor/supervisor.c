/*
 * The first process of an agent's pod, and the parent of an agent in local mode: runs the agent, holds the descriptors
 * that it deposits, and when it dies runs it again at once with the same descriptors, so that what clients send
 * meanwhile waits in the kernel's queues.
 *
 *   supervisor [--report] [--spare] -- COMMAND ARG...
 *
 * The agent finds in its environment
 *   OVENBIRD_FD_STORE=N          a SOCK_SEQPACKET socket: "+NAME" with one descriptor deposits it (in place of another
 *                                of that name), "-NAME" takes it out; anything else is ignored
 *   OVENBIRD_FDS=NAME=N,NAME=N   what is in the store: open descriptors of these numbers
 *
 * With --spare there is a second process of the command, which waits with all that it can do ahead done. It finds
 *   OVENBIRD_SPARE=1             wait at the socket: "=NAME" brings one of the store's descriptors, "!" comes after the
 *                                last: be the agent
 * and gets none of the descriptors before. It is made when the agent has run for five seconds, and is the first that
 * the kernel takes memory from.
 *
 * A signal to end (TERM, INT, HUP) goes to the agent, and its end is this one's; so is its exit with status 0. Other
 * ends are crashes: from the sixth in a minute on there is a pause. With --report this one also ends, with the agent's status,
 * when an agent ends before anything is in the store (it could not start) or with status 4 (it wants a new process):
 * then the parent decides.
 *
 * All memory is static or made before the first agent starts. It parses nothing but those messages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_FDS = 64,
  MAX_NAME = 63,
  CRASH_LIMIT = 5,
  WINDOW_MS = 60000,
  LONGEST_PAUSE_S = 5,
  /* More crashes than these lead to no longer pause. */
  CRASHES = CRASH_LIMIT + LONGEST_PAUSE_S,
  MESSAGES_PER_ROUND = 256,
  /* A start takes a processor for a second or two: not while the agent before it needs that, nor again and again. */
  SPARE_AFTER_MS = 5000,
  SPARE_AGAIN_MS = 60000,
};

/* The agent's (ExitStatus.java). */
enum { STATUS_OK = 0, STATUS_CONFIG = 2, STATUS_ENVIRONMENT = 3, STATUS_RESTART = 4 };

struct held {
  int fd; /* -1: free */
  char name[MAX_NAME + 1];
};

struct process {
  pid_t id;   /* -1: none */
  int socket; /* this end of its store's socket; -1: none, or closed by the other */
};

static const struct process nobody = {.id = -1, .socket = -1};

static struct held store[MAX_FDS];
static char store_variable[] = "OVENBIRD_FD_STORE=##########";
static char fds_variable[sizeof "OVENBIRD_FDS=" + MAX_FDS * (MAX_NAME + 12)];
static char spare_variable[] = "OVENBIRD_SPARE=#";
static long long crashes[CRASHES];
static sigset_t no_signals;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line, or none if whoever reads them is stuck: nothing may keep this process from its work. */
static void say(const char *format, ...) {
  static char line[512];
  struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
  va_list arguments;
  int prefix = snprintf(line, sizeof line, "ovenbird supervisor: ");
  va_start(arguments, format);
  int length = prefix + vsnprintf(line + prefix, sizeof line - (size_t)prefix - 1, format, arguments);
  va_end(arguments);
  if (length > (int)sizeof line - 2) length = (int)sizeof line - 2;
  line[length++] = '\n';
  if (poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) && write(STDERR_FILENO, line, (size_t)length) < 0) return;
}

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* ---- the store */

static bool is_name(const char *name, size_t length) {
  if (length < 1 || length > MAX_NAME) return false;
  for (size_t i = 0; i < length; i++)
    if (name[i] <= ' ' || name[i] > '~' || name[i] == ',' || name[i] == '=') return false;
  return true;
}

static struct held *find(const char *name, size_t length) {
  for (int i = 0; i < MAX_FDS; i++)
    if (store[i].fd >= 0 && strlen(store[i].name) == length && memcmp(store[i].name, name, length) == 0) return &store[i];
  return NULL;
}

static struct held *free_slot(void) {
  for (int i = 0; i < MAX_FDS; i++)
    if (store[i].fd < 0) return &store[i];
  return NULL;
}

static bool is_store_empty(void) {
  for (int i = 0; i < MAX_FDS; i++)
    if (store[i].fd >= 0) return false;
  return true;
}

/* Takes fd, which may be -1. */
static void handle(const char *message, size_t length, int fd) {
  struct held *slot = NULL;
  if (length > 1 && is_name(message + 1, length - 1)) {
    slot = find(message + 1, length - 1);
    if (message[0] == '-' && fd < 0) {
      if (slot != NULL) {
        close(slot->fd);
        slot->fd = -1;
      }
      return;
    }
    if (message[0] == '+' && fd >= 0) {
      if (slot != NULL)
        close(slot->fd);
      else
        slot = free_slot();
      if (slot != NULL) {
        memcpy(slot->name, message + 1, length - 1);
        slot->name[length - 1] = '\0';
        slot->fd = fd;
        return;
      }
    }
  }
  if (fd >= 0) close(fd);
}

/* One message. Returns whether another may follow. */
static bool receive(int from) {
  char text[1 + MAX_NAME];
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {.iov_base = text, .iov_len = sizeof text};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(from, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) return errno == EINTR;
  bool whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  int fd = -1;
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each != NULL; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int one;
      memcpy(&one, CMSG_DATA(each) + i * sizeof one, sizeof one);
      if (fd < 0 && whole && count == 1)
        fd = one;
      else
        close(one);
    }
  }
  /* An empty one is ignored, but what came with it is open here. */
  if (whole) handle(text, (size_t)length, fd);
  return length > 0;
}

/* An empty message looks like the end of all: nobody who sends such is waited for. */
static bool has_message(int from) {
  char first;
  return recv(from, &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void receive_all(int from) {
  for (int i = 0; i < MESSAGES_PER_ROUND && receive(from); i++) continue;
}

/* ---- the agent */

static void describe_store(int socket, bool spare) {
  snprintf(store_variable, sizeof store_variable, "OVENBIRD_FD_STORE=%d", socket);
  snprintf(spare_variable, sizeof spare_variable, "OVENBIRD_SPARE=%s", spare ? "1" : "");
  size_t at = (size_t)snprintf(fds_variable, sizeof fds_variable, "OVENBIRD_FDS=");
  const char *separator = "";
  for (int i = 0; i < MAX_FDS && !spare; i++) {
    if (store[i].fd < 0) continue;
    at += (size_t)snprintf(fds_variable + at, sizeof fds_variable - at, "%s%s=%d", separator, store[i].name, store[i].fd);
    separator = ",";
  }
}

/* The bytes of a number that the kernel weighs a process by when memory is short; none if it can't be read. */
static char usual_weight[16];

/* Of a process of ours. It may not be there any more: then it needs no weight. */
static void weigh(pid_t id, const char *weight) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)id);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  if (weight[0] != '\0' && write(file, weight, strlen(weight)) < 0) say("cannot write %s: %s", path, strerror(errno));
  close(file);
}

static void read_usual_weight(void) {
  int file = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t length = read(file, usual_weight, sizeof usual_weight - 1);
  usual_weight[length < 0 ? 0 : length] = '\0';
  close(file);
}

/* In the new process. An agent without this parent would hold sockets that nobody knows of: it ends too. */
static void become_agent(pid_t parent, int socket, bool spare, char **command, char **environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &no_signals, NULL);
  fcntl(socket, F_SETFD, 0);
  for (int i = 0; i < MAX_FDS && !spare; i++)
    if (store[i].fd >= 0) fcntl(store[i].fd, F_SETFD, 0);
  execvpe(command[0], command, environment);
  say("cannot run %s: %s", command[0], strerror(errno));
  _exit(127);
}

static struct process start(char **command, char **environment, bool spare) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    say("cannot make a socket: %s", strerror(errno));
    return nobody;
  }
  describe_store(pair[1], spare);
  pid_t parent = getpid();
  struct process made = {.id = fork(), .socket = pair[0]};
  if (made.id == 0) become_agent(parent, pair[1], spare, command, environment);
  close(pair[1]);
  if (made.id < 0) {
    say("cannot make a process: %s", strerror(errno));
    close(pair[0]);
    return nobody;
  }
  if (spare) weigh(made.id, "1000");
  return made;
}

static void end(struct process *one) {
  /* Whoever is dead is reaped later: until then nobody else has its number. */
  if (one->id > 0) kill(one->id, SIGKILL);
  if (one->socket >= 0) close(one->socket);
  *one = nobody;
}

/* One message to a spare, with a descriptor or -1. */
static bool tell(int socket, char verb, const char *name, int fd) {
  char text[1 + MAX_NAME + 1];
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {.bytes = {0}};
  struct iovec part = {.iov_base = text, .iov_len = (size_t)snprintf(text, sizeof text, "%c%s", verb, name)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  }
  return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* Makes the spare the agent. Returns whether it is. */
static bool promote(struct process *spare) {
  if (spare->id < 0) return false;
  bool told = spare->socket >= 0;
  for (int i = 0; i < MAX_FDS && told; i++)
    if (store[i].fd >= 0) told = tell(spare->socket, '=', store[i].name, store[i].fd);
  if (!told || !tell(spare->socket, '!', "", -1)) {
    end(spare);
    return false;
  }
  weigh(spare->id, usual_weight);
  return true;
}

/* Seconds to wait before the next start. */
static int pause_after(int status, long long now) {
  if (status == STATUS_RESTART) return 0;
  /* A person must change something: what it waits for may come with any change. */
  if (status == STATUS_CONFIG) return LONGEST_PAUSE_S;
  int recent = 1;
  for (int i = CRASHES - 1; i > 0; i--) {
    crashes[i] = crashes[i - 1];
    if (crashes[i] != 0 && now - crashes[i] < WINDOW_MS) recent++;
  }
  crashes[0] = now;
  return recent <= CRASH_LIMIT ? 0 : recent - CRASH_LIMIT;
}

static const char *reason(int status) {
  switch (status) {
    case 128 + SIGKILL: return " (SIGKILL: out of memory, if nobody sent it)";
    case 128 + SIGABRT:
    case 128 + SIGSEGV: return " (the JVM crashed)";
    case STATUS_ENVIRONMENT: return " (out of memory, or the node lacks what it needs)";
    default: return "";
  }
}

/* Reaps whoever is dead. Returns whether the agent is among them; a dead spare is none any more. */
static bool reap(pid_t agent, struct process *spare, int *status) {
  bool ended = false;
  int how;
  for (pid_t dead; (dead = waitpid(-1, &how, WNOHANG)) > 0;) {
    int code = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    if (dead == agent) {
      *status = code;
      ended = true;
    } else if (dead == spare->id) {
      say("the spare agent died with status %d%s", code, reason(code));
      spare->id = -1;
      end(spare);
    }
  }
  return ended;
}

/* ---- */

static char **with_store_variables(void) {
  size_t count = 0, kept = 0;
  while (environ[count] != NULL) count++;
  char **made = calloc(count + 4, sizeof *made);
  if (made == NULL) return NULL;
  for (size_t i = 0; i < count; i++)
    if (strncmp(environ[i], "OVENBIRD_FD_STORE=", 18) != 0 && strncmp(environ[i], "OVENBIRD_FDS=", 13) != 0 &&
        strncmp(environ[i], "OVENBIRD_SPARE=", 15) != 0)
      made[kept++] = environ[i];
  made[kept++] = store_variable;
  made[kept++] = fds_variable;
  made[kept] = spare_variable;
  return made;
}

/* The last signal to end that came, else 0; it is passed on. */
static int pass_signals(int signals, pid_t agent) {
  struct signalfd_siginfo one;
  int ending = 0;
  while (read(signals, &one, sizeof one) == (ssize_t)sizeof one) {
    if (one.ssi_signo == SIGCHLD || one.ssi_signo == SIGPIPE) continue;
    ending = (int)one.ssi_signo;
    if (agent > 0) kill(agent, ending);
  }
  return ending;
}

int main(int argc, char **argv) {
  bool report = false, has_spare = false;
  char **command = argv + 1;
  for (; *command != NULL && strcmp(*command, "--") != 0; command++) {
    if (strcmp(*command, "--report") == 0)
      report = true;
    else if (strcmp(*command, "--spare") == 0)
      has_spare = true;
    else
      break;
  }
  if (argc < 3 || *command == NULL || strcmp(*command, "--") != 0 || command[1] == NULL) {
    say("usage: supervisor [--report] [--spare] -- COMMAND ARG...");
    return STATUS_CONFIG;
  }
  command++;
  for (int i = 0; i < MAX_FDS; i++) store[i].fd = -1;
  /* None of its own may take the number of a closed standard descriptor. */
  for (int fd = 0; fd >= 0 && fd <= STDERR_FILENO;) fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  char **environment = with_store_variables();
  sigset_t blocked;
  sigemptyset(&no_signals);
  sigemptyset(&blocked);
  for (const int *each = (const int[]){SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGPIPE, 0}; *each != 0; each++)
    sigaddset(&blocked, *each);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  /* Whoever started this one may have left it ignored; then the kernel would reap, and tell nothing. */
  signal(SIGCHLD, SIG_DFL);
  int signals = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
  if (environment == NULL || signals < 0) {
    say("cannot start: %s", strerror(errno));
    return STATUS_ENVIRONMENT;
  }
  read_usual_weight();

  struct process agent = nobody, spare = nobody;
  int ending = 0, status = 0;
  long long begun = 0, start_at = now_ms(), spare_at = 0;
  for (;;) {
    long long now = now_ms();
    if (agent.id < 0 && ending != 0) return STATUS_OK;
    if (agent.id < 0 && now >= start_at) {
      begun = now;
      if (promote(&spare)) {
        agent = spare;
        spare = nobody;
      } else {
        agent = start(command, environment, false);
      }
      if (agent.id < 0) start_at = now + 1000;
      spare_at = now + SPARE_AFTER_MS;
      continue;
    }
    /* What never had anything to keep may not be able to start: a second one would not be, either. */
    bool lacks_spare = has_spare && agent.id > 0 && spare.id < 0 && ending == 0 && !is_store_empty();
    if (lacks_spare && now >= spare_at) {
      spare = start(command, environment, true);
      spare_at = now + SPARE_AGAIN_MS;
      continue;
    }
    struct pollfd watched[] = {{.fd = signals, .events = POLLIN}, {.fd = agent.socket, .events = POLLIN}};
    int waiting = agent.id < 0 ? (int)(start_at - now) : lacks_spare ? (int)(spare_at - now) : -1;
    if (poll(watched, 2, waiting) < 0) continue;
    if (watched[1].revents != 0) receive_all(agent.socket);
    if (watched[1].revents & POLLHUP && !has_message(agent.socket)) {
      /* The agent has closed its end: without this, poll would not wait any more. */
      close(agent.socket);
      agent.socket = -1;
    }
    int signalled = pass_signals(signals, agent.id);
    if (signalled != 0) ending = signalled;
    if (!reap(agent.id, &spare, &status)) continue;
    /* What it said last. */
    if (agent.socket >= 0) receive_all(agent.socket);
    agent.id = -1;
    end(&agent);
    now = now_ms();
    long long lived = (now - begun) / 1000;
    if (ending != 0) {
      say("agent ended with status %d after SIG%s", status, sigabbrev_np(ending));
      return status;
    }
    if (status == STATUS_OK) {
      say("agent ended by request");
      return STATUS_OK;
    }
    if (report && (status == STATUS_RESTART || is_store_empty())) return status;
    int seconds = pause_after(status, now);
    start_at = now + seconds * 1000LL;
    char when[32] = "";
    if (seconds > 0) snprintf(when, sizeof when, " in %d s", seconds);
    say("agent died with status %d%s after %lld s, starting it again%s", status, reason(status), lived, when);
  }
}
