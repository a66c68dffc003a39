/** What a build would tell its provisioners. */
export const data = {
  ID: 'web1',
  Host: '100.64.1.3',
  Port: 22,
  User: 'root',
  Password: 'correct horse',
  ConnType: 'ssh',
  PackerRunUUID: 'run-uuid',
  PackerHTTPIP: '100.64.1.2',
  PackerHTTPPort: '8123',
  PackerHTTPAddr: '100.64.1.2:8123',
  SSHPublicKey: '',
  SSHPrivateKey: '',
};
