/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/layout.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

typedef Leapmux__V1__LayoutTab tab_t;
typedef Leapmux__V1__LayoutTile tile_t;
typedef Leapmux__V1__LayoutNode node_t;
typedef Leapmux__V1__LayoutOp op_t;

static const double RATIO_MIN = 0.02;
static const double RATIO_SLACK = 1e-6; /* what adding up to 64 ratios may be off */

const char *layout_verdict_name(enum layout_verdict v)
{
    switch (v) {
    case LAYOUT_APPLIED:
        return "";
    case LAYOUT_GONE:
        return "GONE";
    case LAYOUT_STALE_SHAPE:
        return "STALE_SHAPE";
    case LAYOUT_LIMIT:
        return "LIMIT";
    case LAYOUT_DENIED:
        return "DENIED";
    case LAYOUT_INVALID:
        return "INVALID";
    case LAYOUT_ID_IN_USE:
        return "ID_IN_USE";
    }
    return "INVALID";
}

/* ---- the tiles of a state, from the first ---- */

/* A place in the tree; the path is as deep as the tree may be. */
struct walk {
    const node_t *path[LAYOUT_DEPTH_MAX + 1];
    size_t next[LAYOUT_DEPTH_MAX + 1];
    int depth;
};

static struct walk walk_from(const node_t *root)
{
    return (struct walk){ .path = { root }, .depth = root == NULL ? 0 : 1 };
}

static bool is_tile(const node_t *node)
{
    return node->node_case == LEAPMUX__V1__LAYOUT_NODE__NODE_TILE;
}

/* The next tile, or NULL. A tree that is too deep (layout_check() refuses it) ends the walk. */
static tile_t *walk_next(struct walk *w)
{
    while (w->depth > 0) {
        const node_t *node = w->path[w->depth - 1];
        size_t *next = &w->next[w->depth - 1];

        if (is_tile(node)) {
            w->depth--;
            return node->tile;
        }
        if (*next == node->split->n_children || w->depth > LAYOUT_DEPTH_MAX) {
            w->depth--;
            continue;
        }
        w->path[w->depth] = node->split->children[(*next)++];
        w->next[w->depth] = 0;
        w->depth++;
    }
    return NULL;
}

struct place {
    tile_t *tile; /* NULL: nowhere */
    size_t at;
};

static struct place find_tab(const struct layout *l, const char *tab_id)
{
    struct walk w = walk_from(l->state->root);

    for (tile_t *tile = walk_next(&w); tile != NULL; tile = walk_next(&w)) {
        for (size_t i = 0; i < tile->n_tabs; i++) {
            if (strcmp(tile->tabs[i]->tab_id, tab_id) == 0) {
                return (struct place){ .tile = tile, .at = i };
            }
        }
    }
    return (struct place){ .tile = NULL };
}

/* The named tile, or the first one when it is gone. */
static tile_t *find_tile(const struct layout *l, const char *tile_id)
{
    struct walk w = walk_from(l->state->root);
    tile_t *first = NULL;

    for (tile_t *tile = walk_next(&w); tile != NULL; tile = walk_next(&w)) {
        if (strcmp(tile->tile_id, tile_id) == 0) {
            return tile;
        }
        first = first == NULL ? tile : first;
    }
    return first;
}

const tab_t *layout_find_tab(const struct layout *l, const char *tab_id)
{
    struct place p = find_tab(l, tab_id);

    return p.tile == NULL ? NULL : p.tile->tabs[p.at];
}

bool layout_has_tab_on(const struct layout *l, const char *worker_id)
{
    struct walk w = walk_from(l->state->root);

    for (tile_t *tile = walk_next(&w); tile != NULL; tile = walk_next(&w)) {
        for (size_t i = 0; i < tile->n_tabs; i++) {
            if (strcmp(tile->tabs[i]->worker_id, worker_id) == 0) {
                return true;
            }
        }
    }
    return false;
}

size_t layout_count_tabs(const struct layout *l)
{
    struct walk w = walk_from(l->state->root);
    size_t n = 0;

    for (tile_t *tile = walk_next(&w); tile != NULL; tile = walk_next(&w)) {
        n += tile->n_tabs;
    }
    return n;
}

/* ---- changes ---- */

static void remove_at(tile_t *tile, size_t at)
{
    memmove(tile->tabs + at, tile->tabs + at + 1, (tile->n_tabs - at - 1) * sizeof(*tile->tabs));
    tile->n_tabs--;
}

/* Before the named tab, at the end when that is empty or gone. */
static void insert(struct layout *l, tile_t *tile, tab_t *tab, const char *before)
{
    tab_t **tabs = arena_alloc(&l->arena, (tile->n_tabs + 1) * sizeof(*tabs));
    size_t at = 0;

    while (at < tile->n_tabs && strcmp(tile->tabs[at]->tab_id, before) != 0) {
        at++;
    }
    if (tile->n_tabs > 0) {
        memcpy(tabs, tile->tabs, at * sizeof(*tabs));
        memcpy(tabs + at + 1, tile->tabs + at, (tile->n_tabs - at) * sizeof(*tabs));
    }
    tabs[at] = tab;
    tile->tabs = tabs;
    tile->n_tabs++;
}

static char *copy(struct layout *l, const char *text)
{
    return arena_str(&l->arena, bytes_of(text));
}

static enum layout_verdict add_tab(struct layout *l, const Leapmux__V1__AddTab *add)
{
    tab_t *tab;

    if (find_tab(l, add->tab->tab_id).tile != NULL) {
        return LAYOUT_ID_IN_USE;
    }
    if (layout_count_tabs(l) >= LAYOUT_TABS_MAX) {
        return LAYOUT_LIMIT;
    }
    tab = ARENA_NEW(&l->arena, tab_t);
    leapmux__v1__layout_tab__init(tab);
    tab->tab_id = copy(l, add->tab->tab_id);
    tab->kind = add->tab->kind;
    tab->worker_id = copy(l, add->tab->worker_id);
    tab->title = copy(l, add->tab->title);
    insert(l, find_tile(l, add->tile_id), tab, add->before_tab_id);
    return LAYOUT_APPLIED;
}

static enum layout_verdict close_tab(struct layout *l, const Leapmux__V1__CloseTab *close)
{
    struct place p = find_tab(l, close->tab_id);

    if (p.tile == NULL) {
        return LAYOUT_GONE;
    }
    remove_at(p.tile, p.at);
    return LAYOUT_APPLIED;
}

static enum layout_verdict move_tab(struct layout *l, const Leapmux__V1__MoveTab *move)
{
    struct place p = find_tab(l, move->tab_id);
    tab_t *tab;

    if (p.tile == NULL) {
        return LAYOUT_GONE;
    }
    if (strcmp(move->tab_id, move->before_tab_id) == 0) {
        return LAYOUT_INVALID;
    }
    tab = p.tile->tabs[p.at];
    remove_at(p.tile, p.at);
    insert(l, find_tile(l, move->tile_id), tab, move->before_tab_id);
    return LAYOUT_APPLIED;
}

static enum layout_verdict rename_tab(struct layout *l, const Leapmux__V1__RenameTab *rename)
{
    struct place p = find_tab(l, rename->tab_id);

    if (p.tile == NULL) {
        return LAYOUT_GONE;
    }
    p.tile->tabs[p.at]->title = copy(l, rename->title);
    return LAYOUT_APPLIED;
}

enum layout_verdict layout_apply(struct layout *l, const op_t *op)
{
    switch (op->op_case) {
    case LEAPMUX__V1__LAYOUT_OP__OP_ADD_TAB:
        return add_tab(l, op->add_tab);
    case LEAPMUX__V1__LAYOUT_OP__OP_CLOSE_TAB:
        return close_tab(l, op->close_tab);
    case LEAPMUX__V1__LAYOUT_OP__OP_MOVE_TAB:
        return move_tab(l, op->move_tab);
    case LEAPMUX__V1__LAYOUT_OP__OP_RENAME_TAB:
        return rename_tab(l, op->rename_tab);
    case LEAPMUX__V1__LAYOUT_OP__OP__NOT_SET:
    case _LEAPMUX__V1__LAYOUT_OP__OP__CASE_IS_INT_SIZE:
        break;
    }
    return LAYOUT_INVALID;
}

/* ---- ops from outside ---- */

static bool is_id(const char *text)
{
    return id_is_valid(bytes_of(text));
}

static bool is_id_or_empty(const char *text)
{
    return text[0] == '\0' || is_id(text);
}

static enum layout_verdict clean_title(char **title, struct arena *a)
{
    struct bytes text = bytes_of(*title);
    char *clean = arena_alloc(a, text.n + 1);

    utf8_clean_title(text, clean);
    if (utf8_count(bytes_of(clean)) > LAYOUT_TITLE_MAX) {
        return LAYOUT_INVALID;
    }
    *title = clean;
    return LAYOUT_APPLIED;
}

static enum layout_verdict clean_add(Leapmux__V1__AddTab *add, struct arena *a)
{
    tab_t *tab = add->tab;

    if (tab == NULL || !is_id(tab->tab_id) || !is_id(tab->worker_id) ||
        !is_id_or_empty(add->tile_id) || !is_id_or_empty(add->before_tab_id) ||
        tab->kind <= LEAPMUX__V1__TAB_KIND__TAB_KIND_UNSPECIFIED ||
        tab->kind > LEAPMUX__V1__TAB_KIND__TAB_KIND_VIEW) {
        return LAYOUT_INVALID;
    }
    return clean_title(&tab->title, a);
}

enum layout_verdict layout_clean_op(op_t *op, struct arena *a)
{
    bool good = is_id(op->op_id);

    switch (op->op_case) {
    case LEAPMUX__V1__LAYOUT_OP__OP_ADD_TAB:
        return good ? clean_add(op->add_tab, a) : LAYOUT_INVALID;
    case LEAPMUX__V1__LAYOUT_OP__OP_CLOSE_TAB:
        return good && is_id(op->close_tab->tab_id) ? LAYOUT_APPLIED : LAYOUT_INVALID;
    case LEAPMUX__V1__LAYOUT_OP__OP_MOVE_TAB:
        return good && is_id(op->move_tab->tab_id) && is_id_or_empty(op->move_tab->tile_id) &&
                       is_id_or_empty(op->move_tab->before_tab_id)
                   ? LAYOUT_APPLIED
                   : LAYOUT_INVALID;
    case LEAPMUX__V1__LAYOUT_OP__OP_RENAME_TAB:
        return good && is_id(op->rename_tab->tab_id) ? clean_title(&op->rename_tab->title, a)
                                                     : LAYOUT_INVALID;
    case LEAPMUX__V1__LAYOUT_OP__OP__NOT_SET:
    case _LEAPMUX__V1__LAYOUT_OP__OP__CASE_IS_INT_SIZE:
        break;
    }
    return LAYOUT_INVALID;
}

/* ---- the whole state ---- */

void layout_init(struct layout *l, struct id tile_id)
{
    node_t *root;

    *l = (struct layout){ 0 };
    l->state = ARENA_NEW(&l->arena, Leapmux__V1__LayoutSnapshot);
    leapmux__v1__layout_snapshot__init(l->state);
    root = ARENA_NEW(&l->arena, node_t);
    leapmux__v1__layout_node__init(root);
    root->node_case = LEAPMUX__V1__LAYOUT_NODE__NODE_TILE;
    root->tile = ARENA_NEW(&l->arena, tile_t);
    leapmux__v1__layout_tile__init(root->tile);
    root->tile->tile_id = copy(l, tile_id.s);
    l->state->root = root;
}

void layout_done(struct layout *l)
{
    arena_done(&l->arena);
    l->state = NULL;
}

static void *take_memory(void *arena, size_t n)
{
    return arena_alloc(arena, n);
}

static void leave_memory(void *arena, void *p)
{
    (void)arena; /* goes with the arena */
    (void)p;
}

bool layout_read(struct layout *l, struct bytes encoded, struct err *e)
{
    *l = (struct layout){ 0 };
    ProtobufCAllocator allocator = { take_memory, leave_memory, &l->arena };

    l->state = leapmux__v1__layout_snapshot__unpack(&allocator, encoded.n, encoded.p);
    if (l->state == NULL) {
        layout_done(l);
        return err_set(e, ERR_DATA_LOSS, "DAMAGED", "a stored layout cannot be read");
    }
    if (!layout_check(l, e)) {
        layout_done(l);
        return err_prefix(e, "a stored layout");
    }
    return true;
}

bool layout_write(const struct layout *l, struct buf *out, struct err *e)
{
    size_t n = leapmux__v1__layout_snapshot__get_packed_size(l->state);
    uint8_t *room = buf_room(out, n);

    if (room == NULL) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "a layout of %zu octets", n);
    }
    buf_added(out, leapmux__v1__layout_snapshot__pack(l->state, room));
    return true;
}

static bool broken(struct err *e, const char *what)
{
    return err_set(e, ERR_DATA_LOSS, "DAMAGED", "%s", what);
}

static bool check_split(const Leapmux__V1__LayoutSplit *split, struct err *e)
{
    double sum = 0;

    if (split->n_children < 2 || split->n_ratios != split->n_children) {
        return broken(e, "a split without two children, or with other ratios than children");
    }
    for (size_t i = 0; i < split->n_ratios; i++) {
        if (!(split->ratios[i] >= RATIO_MIN - RATIO_SLACK)) {
            return broken(e, "a ratio below the least");
        }
        sum += split->ratios[i];
    }
    return fabs(sum - 1) <= RATIO_SLACK || broken(e, "ratios that do not add up to 1");
}

/* Recursion over our own tree, no deeper than LAYOUT_DEPTH_MAX. */
static bool check_node(const node_t *node, int depth, int *tiles, struct err *e)
{
    if (node == NULL || node->node_case == LEAPMUX__V1__LAYOUT_NODE__NODE__NOT_SET) {
        return broken(e, "a node without content");
    }
    if (depth > LAYOUT_DEPTH_MAX) {
        return broken(e, "a tree that is too deep");
    }
    if (is_tile(node)) {
        return ++*tiles <= LAYOUT_TILES_MAX || broken(e, "too many tiles");
    }
    TRY(check_split(node->split, e));
    for (size_t i = 0; i < node->split->n_children; i++) {
        TRY(check_node(node->split->children[i], depth + 1, tiles, e));
    }
    return true;
}

static bool check_tab(const struct layout *l, const tile_t *tile, size_t at, struct err *e)
{
    const tab_t *tab = tile->tabs[at];
    struct place first = find_tab(l, tab->tab_id);

    if (!is_id(tab->tab_id) || !is_id(tab->worker_id)) {
        return broken(e, "a tab without ids");
    }
    return (first.tile == tile && first.at == at) || broken(e, "a tab that is there twice");
}

bool layout_check(const struct layout *l, struct err *e)
{
    struct walk w;
    int tiles = 0;

    TRY(check_node(l->state->root, 1, &tiles, e));
    w = walk_from(l->state->root);
    for (tile_t *tile = walk_next(&w); tile != NULL; tile = walk_next(&w)) {
        for (size_t i = 0; i < tile->n_tabs; i++) {
            TRY(check_tab(l, tile, i, e));
        }
    }
    return layout_count_tabs(l) <= LAYOUT_TABS_MAX || broken(e, "too many tabs");
}
