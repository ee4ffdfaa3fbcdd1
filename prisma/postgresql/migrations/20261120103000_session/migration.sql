-- CreateTable
CREATE TABLE "Session" (
    "key" TEXT NOT NULL,
    "idHash" TEXT NOT NULL,
    "previousIdHash" TEXT,
    "successor" TEXT,
    "presentedAt" TIMESTAMP(3),
    "userId" TEXT,
    "data" TEXT,
    "version" INTEGER NOT NULL,
    "commitIds" TEXT NOT NULL,
    "cookieSealedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL,
    "rotatedAt" TIMESTAMP(3) NOT NULL,
    "seenAt" TIMESTAMP(3) NOT NULL,
    "idleExpiresAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "userAgent" TEXT,
    "address" TEXT,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("key")
) WITH (fillfactor = 70);

-- CreateIndex
CREATE UNIQUE INDEX "Session_idHash_key" ON "Session"("idHash");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Session_createdAt_idx" ON "Session"("createdAt");

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");
