/** The `ssh_*` options of a source after evaluation, defaults filled in. Durations in milliseconds, 0 meaning none. */
export interface SshConfig {
  readonly ssh_host?: string;
  readonly ssh_port: number;
  readonly ssh_username?: string;
  readonly ssh_password?: string;
  /** Absolute path. */
  readonly ssh_private_key_file?: string;
  readonly ssh_agent_auth: boolean;
  readonly ssh_timeout: number;
  readonly ssh_handshake_attempts: number;
  readonly ssh_pty: boolean;
  readonly ssh_disable_agent_forwarding: boolean;
  readonly ssh_file_transfer_method: 'sftp' | 'scp';
  readonly ssh_keep_alive_interval: number;
  readonly pause_before_connecting: number;
  /** How long a connection may be silent; 0 or absent: for ever. */
  readonly ssh_read_write_timeout?: number;
  /** Absent: the library's choice. */
  readonly ssh_ciphers?: readonly string[];
  readonly ssh_key_exchange_algorithms?: readonly string[];
  /** At most one of the two. */
  readonly bastion?: BastionConfig;
  readonly proxy?: ProxyConfig;
  readonly ssh_local_tunnels?: readonly Tunnel[];
  readonly ssh_remote_tunnels?: readonly Tunnel[];
  /** A key pair to be made for the build, whose public half the installation files or the boot command bring into the guest. */
  readonly temporary_key_pair?: TemporaryKeyPair;
  /** Remove the public half of the temporary key pair from the guest at the end. */
  readonly ssh_clear_authorized_keys?: boolean;
}

/** The `ssh_bastion_*` options: an SSH server on the way to the guest. */
export interface BastionConfig {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
  /** Absolute path. */
  readonly privateKeyFile?: string;
  readonly agentAuth: boolean;
}

/** The `ssh_proxy_*` options: a SOCKS5 proxy on the way to the guest. */
export interface ProxyConfig {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
}

/** `PORT:HOST:PORT` */
export interface Tunnel {
  /** Where connections are taken, on localhost. */
  readonly port: number;
  /** Where they go. */
  readonly host: string;
  readonly hostPort: number;
}

/** The `temporary_key_pair_*` options. */
export interface TemporaryKeyPair {
  readonly type: 'rsa' | 'ecdsa' | 'ed25519';
  /** Absent: what is usual for the type. */
  readonly bits?: number;
  /** The comment of the public key. */
  readonly name?: string;
}
