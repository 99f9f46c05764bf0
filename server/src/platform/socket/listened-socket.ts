import { type RawData, WebSocket } from 'ws';

/** Who hears what comes over a WebSocket. */
export type SocketListener = {
  onMessage(data: Buffer, binary: boolean): void;
  /** To be answered with {@link WebSocket.pong}. */
  onPing(data: Buffer): void;
  onPong(): void;
  /** The closing handshake is over as well. */
  onClose(): void;
};

/** Frozen: whoever tried to listen by name all the same hears of it. */
const nobody = Object.freeze(Object.create(null));

/**
 * A WebSocket that tells its one listener what happens by calling it. The table and the closures that it takes to listen for each
 * event by name, for each socket, were a tenth of what an idle one costs.
 */
export class ListenedSocket extends WebSocket {
  listener: SocketListener | null = null;
  /** Where `EventEmitter` keeps who listens: it makes an empty table for each, a twentieth of what an idle socket costs. */
  readonly _events: object = nobody;

  override emit(event: string | symbol, ...details: unknown[]): boolean {
    if (this.listener === null) return super.emit(event, ...details);
    switch (event) {
      case 'message':
        this.listener.onMessage(toBuffer(details[0] as RawData), details[1] === true);
        return true;
      case 'ping':
        this.listener.onPing(details[0] as Buffer);
        return true;
      case 'pong':
        this.listener.onPong();
        return true;
      case 'close':
        this.listener.onClose();
        return true;
      case 'error':
        // Broken frames (RFC 6455, 7.4.1: 1002, 1007, 1009) are closed by ws itself, with the code that says why.
        return true;
      default:
        return super.emit(event, ...details);
    }
  }
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
