/* SPDX-License-Identifier: Apache-2.0 */
/* The uid at the other end, asked through sock_diag(7), or /proc/net/tcp where that is refused. */
#include "net/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

enum { LOOKUP_TIMEOUT_S = 1 }; /* the kernel answers at once; this bounds the impossible */

/* What the kernel says of one socket. */
struct socket_facts {
    unsigned state;
    uint32_t inode;
    uid_t uid;
};

static bool nobody(struct err *e)
{
    return err_set(e, ERR_PERMISSION_DENIED, "OS_DENIED",
                   "the other end of the connection belongs to no process of this machine");
}

static void close_file(FILE **f)
{
    if (*f != NULL) {
        (void)fclose(*f);
    }
}

/* The uid that the kernel shows for users that this user namespace does not know. */
static uid_t overflow_uid(void)
{
    CLEANUP(close_file)
    FILE *f = fopen("/proc/sys/kernel/overflowuid", "re");
    char line[24];

    return f != NULL && fgets(line, sizeof(line), f) != NULL ? (uid_t)strtoul(line, NULL, 10)
                                                             : 65534;
}

/* Whether every uid is mapped, so that the overflow uid is a user like any other. */
static bool all_uids_are_mapped(void)
{
    CLEANUP(close_file)
    FILE *f = fopen("/proc/self/uid_map", "re");
    unsigned long inside;
    unsigned long outside;
    unsigned long count;
    char line[128];
    char *at = line;

    if (f == NULL || fgets(line, sizeof(line), f) == NULL) {
        return false;
    }
    inside = strtoul(at, &at, 10);
    outside = strtoul(at, &at, 10);
    count = strtoul(at, &at, 10);
    return inside == 0 && outside == 0 && count == UINT32_MAX;
}

/* Whether a uid means somebody here: not the one that stands for all who have none. */
static bool is_somebody(uid_t uid)
{
    return uid != (uid_t)-1 && (uid != overflow_uid() || all_uids_are_mapped());
}

static bool judge(const struct socket_facts *facts, struct peer *out, struct err *e)
{
    if (facts->state != TCP_ESTABLISHED || facts->inode == 0 || !is_somebody(facts->uid)) {
        return nobody(e);
    }
    out->uid = facts->uid;
    out->uid_known = true;
    return true;
}

struct diag_request {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

/* The peer's socket has our pair the other way round. */
static struct diag_request request_for(const struct addr *from, const struct addr *to)
{
    struct diag_request q = {
        .head = { .nlmsg_len = sizeof(q),
                  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                  .nlmsg_flags = NLM_F_REQUEST },
        .body = { .sdiag_family = (uint8_t)from->any.sa_family,
                  .sdiag_protocol = IPPROTO_TCP,
                  .idiag_states = UINT32_MAX,
                  .id.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } },
    };

    q.body.id.idiag_sport = htons(addr_port(from));
    q.body.id.idiag_dport = htons(addr_port(to));
    if (from->any.sa_family == AF_INET) {
        memcpy(q.body.id.idiag_src, &from->v4.sin_addr, sizeof(from->v4.sin_addr));
        memcpy(q.body.id.idiag_dst, &to->v4.sin_addr, sizeof(to->v4.sin_addr));
    } else {
        memcpy(q.body.id.idiag_src, &from->v6.sin6_addr, sizeof(from->v6.sin6_addr));
        memcpy(q.body.id.idiag_dst, &to->v6.sin6_addr, sizeof(to->v6.sin6_addr));
    }
    return q;
}

/* An address of the kernel's answer, IPv6-mapped ones as IPv4. */
static struct addr told(unsigned family, const __be32 where[4], __be16 port)
{
    struct addr out = { 0 };

    if (family == AF_INET) {
        out = (struct addr){ .v4 = { .sin_family = AF_INET, .sin_port = port },
                             .len = sizeof(out.v4) };
        memcpy(&out.v4.sin_addr, where, sizeof(out.v4.sin_addr));
        return out;
    }
    out = (struct addr){ .v6 = { .sin6_family = AF_INET6, .sin6_port = port },
                         .len = sizeof(out.v6) };
    memcpy(&out.v6.sin6_addr, where, sizeof(out.v6.sin6_addr));
    return addr_unmapped(&out);
}

static bool same(const struct addr *a, const struct addr *b)
{
    if (a->any.sa_family != b->any.sa_family || addr_port(a) != addr_port(b)) {
        return false;
    }
    if (a->any.sa_family == AF_INET) {
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    }
    return IN6_ARE_ADDR_EQUAL(&a->v6.sin6_addr, &b->v6.sin6_addr);
}

/* Whether a found socket has exactly this pair, and not just one that the look-up takes for it. */
static bool has_pair(const struct inet_diag_msg *m, const struct addr *from, const struct addr *to)
{
    struct addr src = told(m->idiag_family, m->id.idiag_src, m->id.idiag_sport);
    struct addr dst = told(m->idiag_family, m->id.idiag_dst, m->id.idiag_dport);

    return same(&src, from) && same(&dst, to);
}

static bool read_answer(int fd, const struct addr *from, const struct addr *to,
                        struct socket_facts *facts, struct err *e)
{
    union {
        struct nlmsghdr head;
        char room[4096];
    } answer;
    const struct inet_diag_msg *found = NLMSG_DATA(&answer.head);
    const struct nlmsgerr *failed = NLMSG_DATA(&answer.head);
    ssize_t n = recv(fd, &answer, sizeof(answer), 0);

    if (n < 0) {
        return err_sys(e, "cannot read who is connected");
    }
    if (!NLMSG_OK(&answer.head, (size_t)n)) {
        return err_set(e, ERR_INTERNAL, "INTERNAL", "the kernel's answer is cut short");
    }
    if (answer.head.nlmsg_type == NLMSG_ERROR &&
        answer.head.nlmsg_len >= NLMSG_LENGTH(sizeof(*failed))) {
        errno = -failed->error;
        return errno == ENOENT ? nobody(e) : err_sys(e, "cannot ask who is connected");
    }
    if (answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        answer.head.nlmsg_len < NLMSG_LENGTH(sizeof(*found)) || !has_pair(found, from, to)) {
        return nobody(e); /* such as a listener, which the kernel also finds for a pair */
    }
    *facts = (struct socket_facts){ found->idiag_state, found->idiag_inode, found->idiag_uid };
    return true;
}

static bool ask_netlink(const struct addr *from, const struct addr *to, struct socket_facts *facts,
                        struct err *e)
{
    struct diag_request q = request_for(from, to);
    struct timeval limit = { .tv_sec = LOOKUP_TIMEOUT_S };
    CLEANUP(fd_closep)
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd < 0) {
        return err_sys(e, "cannot ask who is connected");
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (send(fd, &q, sizeof(q), 0) != (ssize_t)sizeof(q)) {
        return err_sys(e, "cannot ask who is connected");
    }
    return read_answer(fd, from, to, facts, e);
}

/* "0100007F:10E7": an address as /proc/net/tcp writes it, words in this machine's order. */
static void proc_text(const struct addr *a, char out[static 40])
{
    uint32_t words[4] = { 0 };
    size_t n = a->any.sa_family == AF_INET ? 1 : 4;
    size_t at = 0;

    memcpy(words, n == 1 ? (const void *)&a->v4.sin_addr : (const void *)&a->v6.sin6_addr, 4 * n);
    for (size_t i = 0; i < n; i++) {
        at += (size_t)snprintf(out + at, 40 - at, "%08X", words[i]);
    }
    snprintf(out + at, 40 - at, ":%04X", addr_port(a));
}

/* One line: "sl local remote st tx:rx tr:when retrnsmt uid timeout inode ...". */
static bool line_matches(char *line, const char *from, const char *to, struct socket_facts *facts)
{
    char *fields[10] = { 0 };
    char *rest = line;

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        fields[i] = strtok_r(rest, " \n", &rest);
        if (fields[i] == NULL) {
            return false;
        }
    }
    if (strcmp(fields[1], from) != 0 || strcmp(fields[2], to) != 0) {
        return false;
    }
    *facts = (struct socket_facts){ (unsigned)strtoul(fields[3], NULL, 16),
                                    (uint32_t)strtoul(fields[9], NULL, 10),
                                    (uid_t)strtoul(fields[7], NULL, 10) };
    return true;
}

static bool ask_proc(const struct addr *from, const struct addr *to, struct socket_facts *facts,
                     struct err *e)
{
    CLEANUP(close_file)
    FILE *table = fopen(from->any.sa_family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6", "re");
    char from_text[40];
    char to_text[40];
    char line[512];

    if (table == NULL) {
        return err_sys(e, "cannot ask who is connected");
    }
    proc_text(from, from_text);
    proc_text(to, to_text);
    while (fgets(line, sizeof(line), table) != NULL) {
        if (line_matches(line, from_text, to_text, facts)) {
            return true;
        }
    }
    return nobody(e);
}

/*
 * A client on an IPv6 socket with a mapped address is in the kernel's IPv6 table under the mapped
 * form, while we may see it as IPv4: both forms name the same connection.
 */
static struct addr mapped(const struct addr *a)
{
    struct addr out = { .v6 = { .sin6_family = AF_INET6, .sin6_port = a->v4.sin_port },
                        .len = sizeof(out.v6) };

    out.v6.sin6_addr.s6_addr[10] = 0xff;
    out.v6.sin6_addr.s6_addr[11] = 0xff;
    memcpy(out.v6.sin6_addr.s6_addr + 12, &a->v4.sin_addr, sizeof(a->v4.sin_addr));
    return out;
}

static bool ask_proc_both(const struct addr *from, const struct addr *to,
                          struct socket_facts *facts, struct err *e)
{
    struct addr from6 = mapped(from);
    struct addr to6 = mapped(to);

    if (ask_proc(from, to, facts, e)) {
        return true;
    }
    return from->any.sa_family == AF_INET && ask_proc(&from6, &to6, facts, e);
}

static bool refused(const struct err *e)
{
    return e->sys == EACCES || e->sys == EPERM || e->sys == EPROTONOSUPPORT ||
           e->sys == EAFNOSUPPORT || e->sys == EOPNOTSUPP;
}

static bool ask_tcp(struct peer *out, struct err *e)
{
    struct addr from = addr_unmapped(&out->remote);
    struct addr to = addr_unmapped(&out->local);
    struct socket_facts facts = { 0 };

    if (from.any.sa_family != to.any.sa_family) {
        return nobody(e);
    }
    /* The kernel's IPv4 look-up finds mapped IPv6 sockets too: they live in one table. */
    if (!ask_netlink(&from, &to, &facts, e)) {
        TRY(refused(e));
        TRY(ask_proc_both(&from, &to, &facts, e));
    }
    return judge(&facts, out, e);
}

static bool ask_unix(int fd, struct peer *out, struct err *e)
{
    struct ucred cred;
    socklen_t n = sizeof(cred);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0) {
        return err_sys(e, "cannot ask who is connected");
    }
    if (!is_somebody(cred.uid)) {
        return nobody(e);
    }
    out->uid = cred.uid;
    out->uid_known = true;
    return true;
}

void peer_addresses(int fd, struct peer *out)
{
    socklen_t n = sizeof(out->local.un);

    *out = (struct peer){ 0 };
    if (getsockname(fd, &out->local.any, &n) == 0) {
        out->local.len = n;
    }
    n = sizeof(out->remote.un);
    if (getpeername(fd, &out->remote.any, &n) == 0) {
        out->remote.len = n;
    }
}

bool peer_ask_uid(int fd, struct peer *out, struct err *e)
{
    peer_addresses(fd, out);
    if (out->local.any.sa_family == AF_UNIX) {
        return ask_unix(fd, out, e);
    }
    return ask_tcp(out, e);
}
