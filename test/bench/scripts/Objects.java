// SPDX-License-Identifier: MIT
// Objects.java - compiled and run by the same process: the compiler's arenas,
// direct buffers, compression. Java's own heap is not malloc's.
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

public class Objects {
	public static void main(String[] args) throws Exception {
		Map<String, byte[]> map = new HashMap<>();
		CRC32 crc = new CRC32();
		long seed = 1;

		for (int i = 0; i < 4000; i++) {
			seed = seed * 6364136223846793005L + 1442695040888963407L;
			int size = (int)(seed >>> 52) + 64;
			ByteBuffer direct = ByteBuffer.allocateDirect(size * 16);
			ByteArrayOutputStream out = new ByteArrayOutputStream();

			while (direct.remaining() >= 8)
				direct.putLong(seed >>> (direct.position() & 31));
			direct.flip();
			byte[] bytes = new byte[direct.remaining()];
			direct.get(bytes);
			try (DeflaterOutputStream deflater =
				     new DeflaterOutputStream(out)) {
				deflater.write(bytes);
			}
			map.put("key" + i % 500, out.toByteArray());
			crc.update(out.toByteArray());
		}
		System.out.println(map.size() + " " + crc.getValue());
	}
}
