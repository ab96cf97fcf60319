/*
 * The first process of an agent's pod, and the parent of an agent in local mode: runs the agent, holds the descriptors
 * that it deposits, and when it dies runs it again at once with the same descriptors, so that what clients send
 * meanwhile waits in the kernel's queues.
 *
 *   supervisor [--report] -- COMMAND ARG...
 *
 * The agent finds in its environment
 *   OVENBIRD_FD_STORE=N          a SOCK_SEQPACKET socket: "+NAME" with one descriptor deposits it (in place of another
 *                                of that name), "-NAME" takes it out; anything else is ignored
 *   OVENBIRD_FDS=NAME=N,NAME=N   what is in the store: open descriptors of these numbers
 *
 * A signal to end (TERM, INT, HUP) goes to the agent, and its end is this one's; so is its exit with status 0. Other
 * ends are crashes: after five in a minute there is a pause. With --report this one also ends, with the agent's status,
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
  CRASHES = CRASH_LIMIT + LONGEST_PAUSE_S - 1,
  MESSAGES_PER_ROUND = 256,
};

/* The agent's (ExitStatus.java). */
enum { STATUS_OK = 0, STATUS_CONFIG = 2, STATUS_ENVIRONMENT = 3, STATUS_RESTART = 4 };

struct held {
  int fd; /* -1: free */
  char name[MAX_NAME + 1];
};

static struct held store[MAX_FDS];
static char store_variable[] = "OVENBIRD_FD_STORE=##########";
static char fds_variable[sizeof "OVENBIRD_FDS=" + MAX_FDS * (MAX_NAME + 12)];
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

static void describe_store(int socket) {
  snprintf(store_variable, sizeof store_variable, "OVENBIRD_FD_STORE=%d", socket);
  size_t at = (size_t)snprintf(fds_variable, sizeof fds_variable, "OVENBIRD_FDS=");
  const char *separator = "";
  for (int i = 0; i < MAX_FDS; i++) {
    if (store[i].fd < 0) continue;
    at += (size_t)snprintf(fds_variable + at, sizeof fds_variable - at, "%s%s=%d", separator, store[i].name, store[i].fd);
    separator = ",";
  }
}

/* In the new process. An agent without this parent would hold sockets that nobody knows of: it ends too. */
static void become_agent(pid_t parent, int socket, char **command, char **environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &no_signals, NULL);
  fcntl(socket, F_SETFD, 0);
  for (int i = 0; i < MAX_FDS; i++)
    if (store[i].fd >= 0) fcntl(store[i].fd, F_SETFD, 0);
  execvpe(command[0], command, environment);
  say("cannot run %s: %s", command[0], strerror(errno));
  _exit(127);
}

/* Returns its process id, or -1; *socket is this end of its store's socket, or -1. */
static pid_t start(char **command, char **environment, int *socket) {
  int pair[2];
  *socket = -1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    say("cannot make a socket: %s", strerror(errno));
    return -1;
  }
  describe_store(pair[1]);
  pid_t parent = getpid();
  pid_t agent = fork();
  if (agent == 0) become_agent(parent, pair[1], command, environment);
  if (agent < 0) {
    say("cannot make a process: %s", strerror(errno));
    close(pair[0]);
  } else {
    *socket = pair[0];
  }
  close(pair[1]);
  return agent;
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
  return recent < CRASH_LIMIT ? 0 : recent - CRASH_LIMIT + 1;
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

/* Reaps whoever is dead. Returns whether the agent is among them. */
static bool reap(pid_t agent, int *status) {
  bool ended = false;
  int how;
  for (pid_t dead; (dead = waitpid(-1, &how, WNOHANG)) > 0;) {
    if (dead != agent) continue;
    *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    ended = true;
  }
  return ended;
}

/* ---- */

static char **with_store_variables(void) {
  size_t count = 0, kept = 0;
  while (environ[count] != NULL) count++;
  char **made = calloc(count + 3, sizeof *made);
  if (made == NULL) return NULL;
  for (size_t i = 0; i < count; i++)
    if (strncmp(environ[i], "OVENBIRD_FD_STORE=", 18) != 0 && strncmp(environ[i], "OVENBIRD_FDS=", 13) != 0)
      made[kept++] = environ[i];
  made[kept++] = store_variable;
  made[kept] = fds_variable;
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
  bool report = argc > 1 && strcmp(argv[1], "--report") == 0;
  char **command = argv + 1 + report;
  if (argc < 3 + report || strcmp(command[0], "--") != 0) {
    say("usage: supervisor [--report] -- COMMAND ARG...");
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

  pid_t agent = -1;
  int socket = -1, ending = 0, status = 0;
  long long begun = 0, start_at = now_ms();
  for (;;) {
    long long now = now_ms();
    if (agent < 0 && ending != 0) return STATUS_OK;
    if (agent < 0 && now >= start_at) {
      begun = now;
      agent = start(command, environment, &socket);
      if (agent < 0) start_at = now + 1000;
      continue;
    }
    struct pollfd watched[] = {{.fd = signals, .events = POLLIN}, {.fd = socket, .events = POLLIN}};
    int waiting = agent < 0 ? (int)(start_at - now) : -1;
    if (poll(watched, 2, waiting) < 0) continue;
    if (watched[1].revents != 0) receive_all(socket);
    if (watched[1].revents & POLLHUP && !has_message(socket)) {
      /* The agent has closed its end: without this, poll would not wait any more. */
      close(socket);
      socket = -1;
    }
    int signalled = pass_signals(signals, agent);
    if (signalled != 0) ending = signalled;
    if (agent < 0 || !reap(agent, &status)) {
      if (agent < 0) reap(-1, &status);
      continue;
    }
    agent = -1;
    if (socket >= 0) {
      /* What it said last. */
      receive_all(socket);
      close(socket);
      socket = -1;
    }
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
