// SPDX-License-Identifier: Apache-2.0
/** The tree below a workspace: repository, branch, tabs; things without a repository stand free. */

/** What stands at the leaves. */
export interface TreeLeaf {
    tabId: string;
    gitRoot: string;
    gitBranch: string;
}

export interface BranchNode<T extends TreeLeaf> {
    branch: string;
    leaves: T[];
}

export interface RepositoryNode<T extends TreeLeaf> {
    repository: string;
    branches: BranchNode<T>[];
}

export interface Tree<T extends TreeLeaf> {
    repositories: RepositoryNode<T>[];
    /** Leaves outside of any repository. */
    free: T[];
}

/** Group leaves by repository and branch, each in the order of its first leaf. */
export function treeOf<T extends TreeLeaf>(leaves: T[]): Tree<T> {
    const tree: Tree<T> = { repositories: [], free: [] };
    for (const leaf of leaves) {
        if (leaf.gitRoot === "") {
            tree.free.push(leaf);
            continue;
        }
        let repository = tree.repositories.find((r) => r.repository === leaf.gitRoot);
        if (!repository) {
            repository = { repository: leaf.gitRoot, branches: [] };
            tree.repositories.push(repository);
        }
        let branch = repository.branches.find((b) => b.branch === leaf.gitBranch);
        if (!branch) {
            branch = { branch: leaf.gitBranch, leaves: [] };
            repository.branches.push(branch);
        }
        branch.leaves.push(leaf);
    }
    return tree;
}

/** One line of the tree as it is drawn. */
export interface TreeRow {
    kind: "repository" | "branch" | "leaf";
    /** Names this row among all of the tree; the same as long as the row is the same. */
    key: string;
    /** Path of a repository, name of a branch, id of a leaf's tab. */
    name: string;
    /** The workspace has 1. */
    level: number;
}

/** The tree from top to bottom. */
export function rowsOf(tree: Tree<TreeLeaf>): TreeRow[] {
    const leafRow = (level: number) => (leaf: TreeLeaf) =>
        ({ kind: "leaf", key: `${level} ${leaf.tabId}`, name: leaf.tabId, level }) as const;
    const repositories = tree.repositories.flatMap(({ repository, branches }): TreeRow[] => [
        { kind: "repository", key: `2 ${repository}`, name: repository, level: 2 },
        ...branches.flatMap(({ branch, leaves }): TreeRow[] => [
            { kind: "branch", key: `3 ${repository} ${branch}`, name: branch, level: 3 },
            ...leaves.map(leafRow(4)),
        ]),
    ]);
    return [...repositories, ...tree.free.map(leafRow(2))];
}
