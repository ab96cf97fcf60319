package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.issue.Claim;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** One cluster's claims and what they are decided from, never out of a cache. */
interface ClaimStore {
  /**
   * Claims of consecutive addresses, as they are kept together.
   *
   * @param version of the object, the precondition of a write; null if there is none yet
   * @param claims by number of the address
   */
  record Block(int index, @Nullable String version, SortedMap<Integer, Claim> claims) {}

  /** All blocks there are, by index. */
  Map<Integer, Block> read();

  /**
   * Writes a block if it is still of that version.
   *
   * @return whether it was
   */
  boolean write(Block block);

  /** The client of that name as it is now; null if there is none or it is another cluster's. */
  @Nullable Request client(String name);

  /** All of the cluster's clients that name an address, as they are now. */
  Map<String, Request> clients();

  /** Numbers that clients name as far as is known; this may be old. */
  Set<Integer> named();

  /**
   * Sees to it that nobody can list these claims' clients with these addresses any more: who
   * renders a roster by what was known before the claims were released fails from now on.
   *
   * @param released by number, as written in the blocks
   * @return those that are in no roster
   */
  Map<Integer, Claim> fence(Map<Integer, Claim> released);

  /**
   * The same for claims that are lost: who still knows them can list nobody by them any more.
   *
   * @return who is in the rosters now, by number; null if somebody wrote one meanwhile
   */
  @Nullable Map<Integer, Claim> fenceAll();
}
