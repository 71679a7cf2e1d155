// SPDX-License-Identifier: Apache-2.0
/** The tree below a workspace: repository, branch, tabs; things without a repository stand free. */

/** What stands at the leaves. */
export interface TreeLeaf {
    tabId: string;
    title: string;
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
