package dev.ovenbird.protocol.session;

/**
 * What {@link ServerEndpoint#restore} found.
 *
 * @param open sessions that go on
 * @param refused sessions whose clients are not admitted as they were, or are elsewhere by now
 * @param damaged sessions whose records are not whole, or not of one piece
 */
public record Restored(int open, int refused, int damaged) {}
